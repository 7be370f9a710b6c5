import { checked, libc } from './library.ts';

const ioctl = libc.func('int ioctl(int fd, uint64_t request, const void *argument)');

/** _IO(0x12, 127): linux/fs.h. */
const BLKZEROOUT = 0x127f;

/**
 * Makes a range of a block device read as zero: the device does it by itself where it can (write_zeroes_max_bytes in sysfs-block), else
 * the kernel writes zeros. Never unmaps; drops the range from the page cache. Whole logical blocks. blkdiscard(8) `-z`, BLKZEROOUT.
 *
 * @throws ErrnoError
 */
export function zeroOut(fd: number, offset: number, length: number): void {
  checked(ioctl(fd, BLKZEROOUT, new BigUint64Array([offset, length].map(BigInt))), 'ioctl BLKZEROOUT');
}
