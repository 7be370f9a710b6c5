import { getSystemErrorName } from 'node:util';
import { ErrnoError, libc } from './library.ts';

const call = libc.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');

// linux/fadvise.h.
const advices = { sequential: 2, willneed: 3, dontneed: 4 } as const;

/**
 * Tells the kernel how a range will be used: `sequential` doubles the read-ahead window of the whole descriptor, `willneed` begins to
 * read, `dontneed` drops the pages that are clean. A length of 0 means to the end. posix_fadvise(2).
 */
export function fadvise(fd: number, offset: number, length: number, advice: keyof typeof advices): void {
  // Unlike other calls it returns the error and leaves errno alone.
  const errno = Number(call(fd, offset, length, advices[advice]));
  if (errno !== 0) throw new ErrnoError(getSystemErrorName(-errno), 'posix_fadvise');
}
