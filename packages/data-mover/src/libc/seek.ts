import { checked, ErrnoError, isUnsupported, libc } from './library.ts';

// int64_t stands for off_t, which is 64 bits wide on every 64-bit Linux.
const lseek = libc.func('int64_t lseek(int fd, int64_t offset, int whence)');

const SEEK_END = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/**
 * Offset of the next data at or after `offset`; null when there is none up to the end; `offset` itself where holes are not known
 * (block devices, some filesystems) and the end is not reached. lseek(2), SEEK_DATA.
 */
export function nextData(fd: number, offset: number): number | null {
  try {
    return checked(lseek(fd, offset, SEEK_DATA), 'lseek SEEK_DATA');
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === 'ENXIO') return null;
    if (isUnsupported(error)) return offset < seekEnd(fd) ? offset : null;
    throw error;
  }
}

/** Offset of the next hole at or after `offset`; the end of the file counts as one. lseek(2), SEEK_HOLE. */
export function nextHole(fd: number, offset: number): number {
  try {
    return checked(lseek(fd, offset, SEEK_HOLE), 'lseek SEEK_HOLE');
  } catch (error) {
    if (isUnsupported(error)) return seekEnd(fd);
    throw error;
  }
}

/** Size of a file or block device in bytes; stat(2) gives none for the latter. lseek(2), SEEK_END. */
export function seekEnd(fd: number): number {
  return checked(lseek(fd, 0, SEEK_END), 'lseek SEEK_END');
}
