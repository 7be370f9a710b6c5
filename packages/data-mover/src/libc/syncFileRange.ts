import { checked, libc } from './library.ts';

const call = libc.func('int sync_file_range(int fd, int64_t offset, int64_t length, uint32_t flags)');

const SYNC_FILE_RANGE_WRITE = 2;

/** Starts the write-back of a range and does not wait: keeps the final fsync short. Makes nothing durable. sync_file_range(2). */
export function startWriteback(fd: number, offset: number, length: number): void {
  checked(call(fd, offset, length, SYNC_FILE_RANGE_WRITE), 'sync_file_range');
}
