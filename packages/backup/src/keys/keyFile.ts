import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { BackupError } from '../errors.ts';

/** Bytes of a key. */
export const KEY_BYTES = 32;
const MOST_BYTES = 4096;

/**
 * Reads a key: a file of 32 random bytes, as they are or as 64 hexadecimal digits or base64, that nobody but its owner can read.
 * `head -c 32 /dev/urandom > key; chmod 0600 key` makes one.
 *
 * @throws BackupError WRONG_KEY when it cannot be read, is no key, or others can read it
 */
export async function loadBackupKey(path: string): Promise<Uint8Array> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new BackupError('WRONG_KEY', `key file ${path} cannot be read: ${code}`, { cause: error });
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new BackupError('WRONG_KEY', `key file ${path} is not a regular file`);
    if ((stats.mode & 0o077) !== 0) {
      const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
      throw new BackupError('WRONG_KEY', `key file ${path} has mode ${mode}: others can use it; chmod 0600`);
    }
    if (stats.size > MOST_BYTES) throw notAKey(path);
    return parseKey(await handle.readFile(), path);
  } finally {
    await handle.close();
  }
}

function parseKey(content: Buffer, path: string): Uint8Array {
  if (content.length === KEY_BYTES) return content;
  const text = content.toString('latin1').trim();
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  throw notAKey(path);
}

function notAKey(path: string): BackupError {
  return new BackupError(
    'WRONG_KEY',
    `key file ${path} does not hold ${KEY_BYTES} bytes, neither as they are nor in hexadecimal or base64`,
  );
}
