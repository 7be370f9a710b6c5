import { checked, libc } from './library.ts';

const call = libc.func('int fallocate(int fd, int mode, int64_t offset, int64_t length)');

const KEEP_SIZE = 0x01;
const ZERO_RANGE = 0x10;

/**
 * Makes a range read as zero without writing it: unwritten extents in files, write-zeroes on block devices (where the range must
 * be a multiple of the logical block). Never changes the size. fallocate(2), FALLOC_FL_ZERO_RANGE.
 *
 * PUNCH_HOLE is not offered: some FUSE exports answer 0 and keep the old data.
 */
export function zeroRange(fd: number, offset: number, length: number): void {
  checked(call(fd, ZERO_RANGE | KEEP_SIZE, offset, length), 'fallocate ZERO_RANGE');
}
