import { mappedExtents } from '../libc/fiemap.ts';
import type { Backing } from './backing.ts';

/**
 * Why writing to a range would not reach the blocks that hold its old bytes; undefined when it does, as far as can be seen. Behind a
 * block device, a FUSE export or a network filesystem nothing can: a thin pool, flash or an array may keep old blocks all the same.
 *
 * @param first in the target, in bytes
 * @param last exclusive
 */
export function whyNotInPlace(backing: Backing, first: number, last: number): string | undefined {
  if (backing.kind === 'device') return undefined;
  if (backing.kind === 'hidden-file') return 'the file behind the loop device cannot be looked at';
  switch (backing.filesystem) {
    case 'ext':
    case 'tmpfs':
    case 'fuse':
      return undefined;
    case 'xfs':
      return hasShared(backing.fd, first + backing.shift, last + backing.shift)
        ? 'some of its blocks are shared with other files (reflinks): what is written goes to new ones'
        : undefined;
    case 'btrfs':
      return 'btrfs writes to new blocks and leaves the old ones as they are';
    case 'other':
      return 'it is not known whether its filesystem writes where the old bytes are';
  }
}

function hasShared(fd: number, start: number, end: number): boolean {
  for (const { shared } of mappedExtents(fd, start, end)) if (shared) return true;
  return false;
}
