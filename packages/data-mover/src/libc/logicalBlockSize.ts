import { checked, libc } from './library.ts';

const ioctl = libc.func('int ioctl(int fd, uint64_t request, _Out_ uint8_t *argument)');

/** _IO(0x12, 104): linux/fs.h. */
const BLKSSZGET = 0x1268;

/** The smallest piece that a block device reads and writes, in bytes. ioctl BLKSSZGET. @throws ErrnoError ENOTTY when it is no block device */
export function logicalBlockSize(fd: number): number {
  const size = Buffer.alloc(4);
  checked(ioctl(fd, BLKSSZGET, size), 'ioctl BLKSSZGET');
  return size.readInt32LE(0);
}
