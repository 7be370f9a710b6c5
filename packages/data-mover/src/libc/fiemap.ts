import { checked, libc } from './library.ts';

const ioctl = libc.func('int ioctl(int fd, uint64_t request, _Inout_ uint8_t *argument)');

/** _IOWR('f', 11, struct fiemap): linux/fiemap.h. */
const FS_IOC_FIEMAP = 0xc020_660b;
const FLAG_SYNC = 1;
const EXTENT_LAST = 0x1;
const EXTENT_SHARED = 0x2000;
const HEADER = 32;
const ENTRY = 56;
const AT_ONCE = 256;

/** Blocks that a file has on its filesystem. */
export interface MappedExtent {
  /** In the file, in bytes. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Whether other files (or other places of this one) have the same blocks. */
  readonly shared: boolean;
}

/**
 * The blocks of a range of a file, in order, also those that were allocated and never written; what is between them has none. Waits
 * until what is in the page cache has its blocks. linux/Documentation/filesystems/fiemap.rst.
 *
 * @throws ErrnoError ENOTSUP where the filesystem does not tell
 */
export function* mappedExtents(fd: number, start: number, end: number): Generator<MappedExtent> {
  let position = start;
  while (position < end) {
    const answer = ask(fd, position, end - position);
    const count = answer.readUInt32LE(20);
    if (count === 0) return;
    for (let index = 0; index < count; index += 1) {
      const at = HEADER + index * ENTRY;
      const logical = Number(answer.readBigUInt64LE(at));
      const after = logical + Number(answer.readBigUInt64LE(at + 16));
      const flags = answer.readUInt32LE(at + 40);
      const extent = {
        start: Math.max(logical, position),
        end: Math.min(after, end),
        shared: (flags & EXTENT_SHARED) !== 0,
      };
      if (extent.start < extent.end) yield extent;
      position = Math.max(position, after);
      if ((flags & EXTENT_LAST) !== 0) return;
    }
  }
}

/** struct fiemap { __u64 start, length; __u32 flags, mapped_extents, extent_count, reserved; struct fiemap_extent extents[]; } */
function ask(fd: number, start: number, length: number): Buffer {
  const request = Buffer.alloc(HEADER + AT_ONCE * ENTRY);
  request.writeBigUInt64LE(BigInt(start), 0);
  request.writeBigUInt64LE(BigInt(length), 8);
  request.writeUInt32LE(FLAG_SYNC, 16);
  request.writeUInt32LE(AT_ONCE, 24);
  checked(ioctl(fd, FS_IOC_FIEMAP, request), 'ioctl FS_IOC_FIEMAP');
  return request;
}
