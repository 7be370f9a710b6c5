import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './errors.ts';

/** Makes the entries of a directory durable. fsync(2): a file's own fsync does not do that. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file durably. @returns false when it was absent */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

/**
 * Moves a file durably to a path that must not exist: link and unlink, because rename(2) would replace what is there. A crash in
 * between leaves both names, with one inode.
 *
 * @throws EEXIST, leaving everything as it was
 */
export async function moveFile(from: string, to: string): Promise<void> {
  await link(from, to);
  await unlink(from);
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
}
