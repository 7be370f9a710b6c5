import { readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { ContractError } from '@scoria/driver-sdk';
import { ProcessExecutionError, run } from '@scoria/host-exec';
import { makeDirectory } from '../makeDirectory.ts';
import { mountAt } from './mountPoint.ts';

const MOUNT_DEADLINE_MS = 60_000;

/**
 * Mounts the image on the directory, unless it is mounted there already.
 *
 * @throws ContractError INVALID_CONFIGURATION when something else is mounted there
 */
export async function mountImage(image: string, directory: string): Promise<void> {
  await makeDirectory(directory);
  if (await isMounted(image, directory)) return;
  // discard: the image gives the space of deleted volumes back to the filesystem it lies on.
  await run('mount', ['-t', 'xfs', '-o', 'loop,nodev,nosuid,noexec,noatime,discard', image, directory], {
    asRoot: true,
    deadlineMs: MOUNT_DEADLINE_MS,
    description: 'mounting the image of a file store',
  });
  if (await isMounted(image, directory)) return;
  throw new ContractError('BACKEND_ERROR', `mount succeeded, but ${image} is not mounted on ${directory}`);
}

/** Unmounts the image; its loop device goes with it. @returns false when something still uses it */
export async function unmountImage(image: string, directory: string): Promise<boolean> {
  if (!(await isMounted(image, directory))) return true;
  try {
    await run('umount', [await realpath(directory)], { asRoot: true, deadlineMs: MOUNT_DEADLINE_MS });
    return true;
  } catch (error) {
    if (error instanceof ProcessExecutionError && error.stderr.includes('busy')) return false;
    throw error;
  }
}

async function isMounted(image: string, directory: string): Promise<boolean> {
  const mount = await mountAt(await realpath(directory));
  if (mount === undefined) return false;
  const backing = await backingFile(mount.source);
  if (backing === (await realpath(image))) return true;
  throw new ContractError(
    'INVALID_CONFIGURATION',
    `file_store_dir ${directory} has ${backing ?? mount.source} mounted on it, not file_store_image ${image}`,
    { details: { option: 'file_store_dir' } },
  );
}

/** The file behind a loop device (sysfs, loop/backing_file); undefined for other sources. */
async function backingFile(source: string): Promise<string | undefined> {
  if (!source.startsWith('/dev/loop')) return undefined;
  return (await readFile(`/sys/class/block/${basename(source)}/loop/backing_file`, 'utf8')).trimEnd();
}
