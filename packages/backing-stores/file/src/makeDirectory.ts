import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from './errors.ts';

/**
 * Makes a directory (0700) and its parents, unless they exist. Node's own recursive mkdir never ends where a filesystem
 * answers ENOENT for a parent that does exist, as /proc does.
 *
 * @throws EEXIST, ENOTDIR when something else is there
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EEXIST' && (await isDirectory(path))) return;
    const parent = dirname(path);
    if (errno !== 'ENOENT' || (await isDirectory(parent))) throw error;
    await makeDirectory(parent);
    await makeDirectory(path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
