import { open } from 'node:fs/promises';
import { isSecret, Secret } from '@scoria/core/contract';
import { z } from 'zod';

const fileReferenceSchema = z.strictObject({ file: z.string().startsWith('/', 'an absolute path') });

/** A secret option as written: its text, or the file that holds it. */
export type SecretSource =
  | { readonly kind: 'inline'; readonly secret: Secret }
  | { readonly kind: 'file'; readonly secret: Secret }
  | { readonly kind: 'problem'; readonly message: string };

/**
 * Reads a secret option: the text itself, or `{file: PATH}`, whose content without the final newline is the secret. The file
 * must be its owner's alone.
 */
export async function readSecret(value: unknown): Promise<SecretSource> {
  if (typeof value === 'string') return { kind: 'inline', secret: new Secret(value) };
  const reference = fileReferenceSchema.safeParse(value);
  if (!reference.success) {
    return {
      kind: 'problem',
      message: 'a secret is a text, or {file: /absolute/path} of a file that holds it',
    };
  }
  const { file: path } = reference.data;
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0) {
      return {
        kind: 'problem',
        message: `others may read ${path} (mode ${octal(mode)}): chmod 0600 ${path}`,
      };
    }
    const text = (await file.readFile('utf8')).replace(/\r?\n$/, '');
    if (text === '') return { kind: 'problem', message: `${path} is empty` };
    return { kind: 'file', secret: new Secret(text) };
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { kind: 'problem', message: `cannot read ${path}: ${why}` };
  }
}

/** Options as a driver's `configure` takes them: secrets in plain text. They leave for the driver and nowhere else. */
export function revealOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, isSecret(value) ? value.reveal() : value]),
  );
}

/** Permission bits as people write them. */
export function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
