import { checked, libc } from './library.ts';

const call = libc.func(
  'int64_t copy_file_range(int fd_in, _Inout_ int64_t *off_in, int fd_out, _Inout_ int64_t *off_out, uint64_t len, uint32_t flags)',
);

/**
 * Has the kernel copy up to `length` bytes between two regular files, sharing extents where the filesystem can.
 * copy_file_range(2).
 *
 * @returns bytes copied; 0 at the end of the source
 * @throws ErrnoError e.g. EXDEV across filesystems of different kinds
 */
export function copyFileRange(
  sourceFd: number,
  sourceOffset: number,
  destinationFd: number,
  destinationOffset: number,
  length: number,
): number {
  return checked(
    call(sourceFd, [sourceOffset], destinationFd, [destinationOffset], length, 0),
    'copy_file_range',
  );
}
