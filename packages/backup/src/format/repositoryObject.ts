import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { BackupError } from '../errors.ts';
import { keyCheck, type RepositoryKeys, repositoryKeys } from '../keys/subkeys.ts';
import { REPOSITORY_OBJECT } from './names.ts';

/** Version of the format that this program writes and reads. */
export const FORMAT_VERSION = 1;
/** Block sizes that can be chosen when a repository is made, in bytes. */
export const BLOCK_SIZES = { least: 64 * 1024, most: 1024 * 1024, preset: 256 * 1024 } as const;

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const headSchema = z.looseObject({ format: z.literal('scoria-backup'), version: z.int() });
const objectSchema = headSchema.extend({
  repositoryId: z.uuid(),
  createdAt: z.string(),
  blockSize: z
    .int()
    .min(BLOCK_SIZES.least)
    .max(BLOCK_SIZES.most)
    .refine((size) => (size & (size - 1)) === 0, 'not a power of two'),
  encryption: z.enum(['none', 'aes-256-gcm']),
  keyCheck: hex32.optional(),
  signingSecret: hex32.optional(),
});

/** What a repository says about itself. */
export interface RepositoryInfo {
  readonly repositoryId: string;
  readonly createdAt: string;
  readonly blockSize: number;
  readonly encrypted: boolean;
}

/** A new repository object. */
export function newRepositoryObject(blockSize: number, key: Uint8Array | null): Buffer {
  const facts = {
    repositoryId: randomUUID(),
    createdAt: new Date().toISOString(),
    blockSize,
    encryption: key === null ? ('none' as const) : ('aes-256-gcm' as const),
  };
  const secret =
    key === null
      ? { signingSecret: randomBytes(32).toString('hex') }
      : { keyCheck: keyCheck(key, facts.repositoryId, checkedText(facts)) };
  const object = { format: 'scoria-backup', version: FORMAT_VERSION, ...facts, ...secret };
  return Buffer.from(`${JSON.stringify(object, undefined, 2)}\n`);
}

/**
 * Reads a repository object and derives the repository's keys.
 *
 * @throws BackupError CORRUPT, FORMAT_UNKNOWN, WRONG_KEY
 */
export function readRepositoryObject(
  content: Uint8Array,
  key: Uint8Array | null,
  description: string,
): { readonly info: RepositoryInfo; readonly keys: RepositoryKeys } {
  const value = parseJson(content);
  const head = headSchema.safeParse(value);
  if (!head.success) throw corrupt('it does not say what it is');
  if (head.data.version !== FORMAT_VERSION) {
    throw new BackupError(
      'FORMAT_UNKNOWN',
      `${description} is of version ${head.data.version} of the backup format; this program reads version ${FORMAT_VERSION}: ` +
        (head.data.version > FORMAT_VERSION ? 'use a newer Scoria' : 'use the Scoria that wrote it'),
      { object: REPOSITORY_OBJECT },
    );
  }
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) throw corrupt(parsed.error.issues.map(({ path }) => path.join('.')).join(', '));
  const { repositoryId, createdAt, blockSize, encryption, keyCheck: check, signingSecret } = parsed.data;
  const info = { repositoryId, createdAt, blockSize, encrypted: encryption !== 'none' };
  if (!info.encrypted) {
    if (key !== null) throw wrongKey(`${description} is not encrypted, but there is a key for it`);
    if (signingSecret === undefined) throw corrupt('signingSecret is absent');
    return { info, keys: repositoryKeys(Buffer.from(signingSecret, 'hex'), repositoryId, false) };
  }
  if (key === null) throw wrongKey(`${description} is encrypted, and there is no key`);
  if (check === undefined) throw corrupt('keyCheck is absent');
  const expected = keyCheck(key, repositoryId, checkedText(parsed.data));
  if (!timingSafeEqual(Buffer.from(check, 'hex'), Buffer.from(expected, 'hex')))
    throw wrongKey(`the key is not the one of ${description}`);
  return { info, keys: repositoryKeys(key, repositoryId, true) };
}

function checkedText(facts: {
  readonly repositoryId: string;
  readonly createdAt: string;
  readonly blockSize: number;
  readonly encryption: string;
}): string {
  const { repositoryId, createdAt, blockSize, encryption } = facts;
  return [FORMAT_VERSION, repositoryId, createdAt, blockSize, encryption].join('\n');
}

function parseJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'));
  } catch (error) {
    throw corrupt('it is not JSON', error);
  }
}

function corrupt(why: string, cause?: unknown): BackupError {
  return new BackupError('CORRUPT', `${REPOSITORY_OBJECT} is damaged: ${why}`, {
    object: REPOSITORY_OBJECT,
    cause,
  });
}

function wrongKey(message: string): BackupError {
  return new BackupError('WRONG_KEY', message, { object: REPOSITORY_OBJECT });
}
