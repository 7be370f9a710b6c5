import { createHash, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Identity } from './identity.ts';

const entrySchema = z
  .strictObject({
    token: z.string().min(16, 'a token has at least 16 characters').max(1024).optional(),
    token_sha256: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'the SHA-256 of the token in 64 hex digits')
      .optional(),
    project_id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dot, dash, underscore'),
    user_id: z.string().min(1).max(255),
    role: z.enum(['admin', 'member', 'reader']),
  })
  .refine(
    (entry) => (entry.token === undefined) !== (entry.token_sha256 === undefined),
    'give either token or token_sha256',
  );

/** The file of static bearer tokens: a list. */
export const tokenFileSchema = z.array(entrySchema).min(1, 'no token in the file');

/** The file of tokens cannot be used. The message says which file, why, and what to do. */
export class TokenFileError extends Error {
  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`token file ${path}: ${reason}`, options);
    this.name = 'TokenFileError';
  }
}

/** Finds out whom a token stands for. Holds digests only, and compares every one of them in constant time. */
export class TokenStore {
  readonly #entries: readonly { readonly digest: Buffer; readonly identity: Identity }[];

  constructor(entries: z.infer<typeof tokenFileSchema>) {
    this.#entries = entries.map((entry) => ({
      digest: entry.token === undefined ? Buffer.from(entry.token_sha256 ?? '', 'hex') : sha256(entry.token),
      identity: { projectId: entry.project_id, userId: entry.user_id, role: entry.role },
    }));
  }

  /** The identity of a token, or null. */
  find(token: string): Identity | null {
    const digest = sha256(token);
    let found: Identity | null = null;
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) found = entry.identity;
    return found;
  }
}

/**
 * Reads a file of static bearer tokens (YAML or JSON).
 * @throws TokenFileError when it is missing, readable by others than its owner (mode beyond 0600), or not a valid list.
 */
export async function loadTokens(path: string): Promise<TokenStore> {
  const text = await readPrivate(path);
  let parsed: unknown;
  try {
    // Every scalar is text: a digest of decimal digits only is not a number.
    parsed = parse(text, { schema: 'failsafe' });
  } catch (cause) {
    // The parser's message repeats the line, which may hold a token.
    throw new TokenFileError(path, 'is neither YAML nor JSON', { cause: redacted(cause) });
  }
  const checked = tokenFileSchema.safeParse(parsed);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new TokenFileError(
      path,
      `${issue?.path.map(String).join('.') || 'the file'}: ${issue?.message ?? 'is invalid'}`,
    );
  }
  return new TokenStore(checked.data);
}

async function readPrivate(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new TokenFileError(
        path,
        `has mode ${(mode & 0o777).toString(8).padStart(4, '0')}, so others may read it: chmod 0600 ${path}`,
      );
    return await file.readFile('utf8');
  } catch (cause) {
    if (cause instanceof TokenFileError) throw cause;
    throw new TokenFileError(path, cause instanceof Error ? cause.message : 'cannot be read', { cause });
  }
}

function redacted(cause: unknown): Error {
  return new Error(cause instanceof Error && 'code' in cause ? String(cause.code) : 'parse error');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
