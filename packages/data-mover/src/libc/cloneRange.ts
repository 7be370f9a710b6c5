import { checked, libc } from './library.ts';

const ioctl = libc.func('int ioctl(int fd, uint64_t request, const void *argument)');

/** _IOW(0x94, 13, struct file_clone_range): linux/fs.h. */
const FICLONERANGE = 0x4020_940d;

/**
 * Makes a range of the destination share the extents of the source; holes are cloned too. Offsets must be multiples of the
 * filesystem's block size, and so must the length unless it ends at the end of the source. ioctl_ficlonerange(2).
 *
 * @throws ErrnoError EOPNOTSUPP without reflinks, EXDEV across filesystems, EINVAL when unaligned
 */
export function cloneRange(
  sourceFd: number,
  sourceOffset: number,
  destinationFd: number,
  destinationOffset: number,
  length: number,
): void {
  // struct file_clone_range { __s64 src_fd; __u64 src_offset, src_length, dest_offset; }
  const argument = new BigInt64Array([sourceFd, sourceOffset, length, destinationOffset].map(BigInt));
  checked(ioctl(destinationFd, FICLONERANGE, argument), 'ioctl FICLONERANGE');
}
