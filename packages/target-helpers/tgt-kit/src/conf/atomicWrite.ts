import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { replaceFile } from '@scoria/target-kit';

/** Removes what a process that is gone was writing when it was killed: it may hold secrets. */
export async function sweepUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const pid = Number(/^\..+\.(\d+)\.tmp$/.exec(name)?.[1]);
    if (Number.isInteger(pid) && pid !== process.pid && !isAlive(pid))
      await rm(join(directory, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is somebody's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/**
 * Replaces a configuration file. The temporary name tells whose it is, and begins with a dot, which `include <dir>/*` of other programs
 * does not match.
 */
export async function atomicWrite(path: string, text: string): Promise<void> {
  await replaceFile(path, text, join(dirname(path), `.${basename(path)}.${process.pid}.tmp`));
}
