import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import type { Endpoint } from '../endpoint.ts';
import { deviceNumber } from '../identity/deviceNumber.ts';
import { type FilesystemKind, filesystemOf } from '../identity/filesystem.ts';
import { ErrnoError } from '../libc/library.ts';
import { loopStatus } from '../libc/loopStatus.ts';

/** What holds the bytes of a target, as far as can be seen from here. */
export type Backing =
  /** A file: the target itself, or the one behind a loop device. */
  | {
      readonly kind: 'file';
      readonly fd: number;
      readonly filesystem: FilesystemKind;
      /** Where the target's first byte is in it. */
      readonly shift: number;
    }
  /** A block device; what is behind it does not show. */
  | { readonly kind: 'device' }
  /** The file behind a loop device cannot be opened here (deleted, or in another mount namespace). */
  | { readonly kind: 'hidden-file' };

/** Looks behind a target for as long as `use` takes. */
export async function withBacking<T>(target: Endpoint, use: (backing: Backing) => Promise<T>): Promise<T> {
  if (target.kind === 'file') {
    return use({ kind: 'file', fd: target.fd, filesystem: filesystemOf(target.fd), shift: 0 });
  }
  const loop = loopOf(target.fd);
  if (loop === undefined) return use({ kind: 'device' });
  const fd = openLoopFile(target.fd, loop);
  if (fd === undefined) return use({ kind: 'hidden-file' });
  try {
    return await use({ kind: 'file', fd, filesystem: filesystemOf(fd), shift: Number(loop.offset) });
  } finally {
    closeSync(fd);
  }
}

function loopOf(fd: number): ReturnType<typeof loopStatus> | undefined {
  try {
    return loopStatus(fd);
  } catch (error) {
    if (error instanceof ErrnoError) return undefined; // not a loop device
    throw error;
  }
}

function openLoopFile(fd: number, { dev, ino }: ReturnType<typeof loopStatus>): number | undefined {
  const { major, minor } = deviceNumber(fstatSync(fd, { bigint: true }).rdev);
  let file: number | undefined;
  try {
    const path = readFileSync(`/sys/dev/block/${major}:${minor}/loop/backing_file`, 'utf8').trimEnd();
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const stats: BigIntStats = fstatSync(file, { bigint: true });
    // The name may have gone to another file since.
    if (stats.isFile() && stats.dev === dev && stats.ino === ino) return file;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  if (file !== undefined) closeSync(file);
  return undefined;
}
