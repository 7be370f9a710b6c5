import { statfsSync } from 'node:fs';

/** Kinds of filesystems whose ways are known here; `other`: nothing is. */
export type FilesystemKind = 'ext' | 'xfs' | 'btrfs' | 'tmpfs' | 'fuse' | 'other';

// linux/magic.h.
const kinds: Readonly<Record<number, FilesystemKind>> = {
  [0xef53]: 'ext',
  [0x5846_5342]: 'xfs',
  [0x9123_683e]: 'btrfs',
  [0x0102_1994]: 'tmpfs',
  [0x6573_5546]: 'fuse',
};

/** On which kind of filesystem an open file is. statfs(2). */
export function filesystemOf(fd: number): FilesystemKind {
  return kinds[statfsSync(`/proc/self/fd/${fd}`).type] ?? 'other';
}
