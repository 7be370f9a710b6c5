import { checked, libc } from './library.ts';

const ioctl = libc.func('int ioctl(int fd, uint64_t request, const void *argument)');

/** _IO(0x12, 119): linux/fs.h. */
const BLKDISCARD = 0x1277;

/**
 * Tells a block device that a range is not needed. What is read there afterwards is the device's business: mostly zeros, sometimes
 * the old bytes (discard_zeroes_data in sysfs-block). Whole logical blocks. blkdiscard(8), BLKDISCARD.
 *
 * @throws ErrnoError ENOTSUP when it cannot
 */
export function discard(fd: number, offset: number, length: number): void {
  checked(ioctl(fd, BLKDISCARD, new BigUint64Array([offset, length].map(BigInt))), 'ioctl BLKDISCARD');
}
