import { checked, libc } from './library.ts';

const call = libc.func('int64_t readahead(int fd, int64_t offset, uint64_t count)');

/** Begins to read a range of a file or block device into the page cache, without waiting for it. readahead(2). */
export function readahead(fd: number, offset: number, length: number): void {
  checked(call(fd, offset, length), 'readahead');
}
