import { randomUUID } from 'node:crypto';
import { constants, copyFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './errors.ts';

/** Errors that say "these two files cannot share blocks". */
const CANNOT: ReadonlySet<string> = new Set(['ENOTSUP', 'ENOSYS', 'ENOTTY', 'EXDEV', 'EINVAL']);

/**
 * Makes `to` a copy of `from` that shares its blocks: FICLONE (ioctl_ficlone(2)), which Node can do itself. Atomic as
 * seen by whoever writes to `from` meanwhile.
 *
 * @returns false when the filesystem cannot; nothing is left then
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    await rm(to, { force: true });
    if (CANNOT.has(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/** Whether files in this directory can share blocks. */
export async function canReflink(directory: string): Promise<boolean> {
  const probe = join(directory, `${process.pid}.${randomUUID()}.probe`);
  const copy = `${probe}-clone`;
  try {
    // Not empty: of an empty file there is nothing to share, and everyone can do that.
    await writeFile(probe, 'probe', { mode: 0o600 });
    return await cloneFile(probe, copy);
  } finally {
    await rm(probe, { force: true });
    await rm(copy, { force: true });
  }
}
