import { checked, libc } from './library.ts';

const call = libc.func('int sync_file_range(int fd, int64_t offset, int64_t length, uint32_t flags)');

const WAIT_BEFORE = 1;
const WRITE = 2;
const WAIT_AFTER = 4;

/** Starts the write-back of a range and does not wait: keeps the final fsync short. Makes nothing durable. sync_file_range(2). */
export function startWriteback(fd: number, offset: number, length: number): void {
  checked(call(fd, offset, length, WRITE), 'sync_file_range');
}

/** Writes a range back and waits until the disk has it, maybe in its cache. Makes nothing durable. sync_file_range(2). */
export function finishWriteback(fd: number, offset: number, length: number): void {
  checked(call(fd, offset, length, WAIT_BEFORE | WRITE | WAIT_AFTER), 'sync_file_range');
}
