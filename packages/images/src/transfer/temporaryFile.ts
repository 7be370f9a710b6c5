import { randomUUID } from 'node:crypto';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../errors.ts';
import { ownerRuns, thisOwner } from '../owner.ts';

/** The maker follows, so that files of processes that are gone can be told. */
const PREFIX = 'scoria-image-';

/**
 * Makes a file of zeros that only this user can read, and removes it when `use` is over, whatever happens.
 *
 * @param sizeBytes its size; it takes no space until it is written
 * @throws ImageError NO_SPACE
 */
export async function withTemporaryFile<T>(
  directory: string,
  sizeBytes: number,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const path = join(directory, `${PREFIX}${thisOwner()}.${randomUUID()}`);
  try {
    await makeFile(path, sizeBytes);
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** Removes the files of processes that are gone. A directory that is not there has none. */
export async function sweepTemporaryFiles(directory: string): Promise<void> {
  for (const name of await namesIn(directory)) {
    if (!name.startsWith(PREFIX) || ownerRuns(name.slice(PREFIX.length))) continue;
    await rm(join(directory, name), { force: true });
  }
}

async function makeFile(path: string, sizeBytes: number): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.truncate(sizeBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new ImageError('NO_SPACE', `${path} cannot be made: ${String(error.code)}`, { cause: error });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
