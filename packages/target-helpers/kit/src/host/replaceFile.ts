import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './syncDirectory.ts';

/**
 * Replaces a file so that after any crash it is the old or the new one, whole. Mode 0600: it may hold secrets.
 *
 * @param temporary what it is called while it is written, in the same directory. Not given: one name for all, so that nothing is left of
 * a process that was killed; whoever calls it then holds the lock of the file
 */
export async function replaceFile(
  path: string,
  text: string,
  temporary = join(dirname(path), `.${basename(path)}.scoria`),
): Promise<void> {
  await rm(temporary, { force: true });
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}
