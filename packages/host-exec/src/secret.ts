/** Anything that carries a secret and only gives it on request: core's `Secret` class fits, none is imported. */
export interface SecretLike {
  /** The plain text. */
  reveal(): string;
}

/** The brand core's `Secret` carries. Looked up by registry key because this package imports nothing of the domain. */
const SECRET_BRAND = Symbol.for('scoria.secret');

/** Whether `value` carries the secret brand. */
export function isSecret(value: unknown): value is SecretLike {
  return typeof value === 'object' && value !== null && SECRET_BRAND in value && 'reveal' in value;
}

/** The text of a secret, for comparing, masking and for stdin; never for argv. */
export function revealSecret(secret: string | SecretLike): string {
  return typeof secret === 'string' ? secret : secret.reveal();
}
