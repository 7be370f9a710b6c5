import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import koffi from 'koffi';
import { CliError } from '../cliError.ts';

/** flock(2): exclusive, and do not wait. */
const LOCK_EX_NB = 2 | 4;

/**
 * Makes the state directory (0700) and takes it for this process alone, until it ends in whatever way: the kernel lets go
 * of an flock(2) with its owner.
 *
 * @throws CliError refused when another service has it; failed when it cannot be made
 */
export async function lockStateDirectory(directory: string): Promise<FileHandle> {
  const path = join(directory, 'scoria.lock');
  let file: FileHandle;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    file = await open(path, 'a+', 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('failed', `Cannot use the state directory ${directory}: ${reason}.`, {
      hint: 'Give this user the right to make it, or choose another "state_dir" in the configuration.',
      cause,
    });
  }
  const flock = koffi.load('libc.so.6').func('int flock(int fd, int operation)');
  if (Number(flock(file.fd, LOCK_EX_NB)) !== 0) {
    const owner = (await file.readFile('utf8')).trim();
    await file.close();
    throw new CliError(
      'refused',
      `Another scoria serve${owner === '' ? '' : ` (process ${owner})`} uses ${directory}.`,
      {
        hint: 'Stop it first, or give this one another "state_dir" and sockets of its own.',
      },
    );
  }
  await file.truncate(0);
  await file.write(`${process.pid}\n`);
  return file;
}
