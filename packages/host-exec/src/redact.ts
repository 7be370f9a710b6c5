import { revealSecret, type SecretLike } from './secret.ts';

/** Replaces every known secret in a text by `[secret]`. */
export type Redactor = (text: string) => string;

const MASK = '[secret]';

/** Makes a redactor for these secrets. Empty ones are ignored: masking the empty string would mask everything. */
export function makeRedactor(secrets: readonly (string | SecretLike)[]): Redactor {
  // Longest first: a secret that contains another one must not leave its rest behind.
  const values = [...new Set(secrets.map(revealSecret))]
    .filter((value) => value.length > 0)
    .sort((a, b) => b.length - a.length);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, MASK), text);
}
