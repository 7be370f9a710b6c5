import { fstatSync } from 'node:fs';
import type { Endpoint } from '../endpoint.ts';
import { queueLimits } from '../identity/blockQueue.ts';
import { deviceNumber } from '../identity/deviceNumber.ts';
import { DIRECT_ALIGNMENT } from '../libc/alignedBuffer.ts';
import { discard } from '../libc/discard.ts';
import { zeroRange } from '../libc/fallocate.ts';
import { logicalBlockSize } from '../libc/logicalBlockSize.ts';
import { zeroOut } from '../libc/zeroOut.ts';
import type { Backing } from './backing.ts';

/** A way to make a range read as zero without writing it. */
export interface Rung {
  readonly method: 'discard' | 'zero-range' | 'write-zeroes';
  /** Takes multiples of this only. */
  readonly alignment: number;
  /** @throws ErrnoError when it cannot, or not here */
  run(fd: number, offset: number, length: number): void;
}

/**
 * What this target offers, best first; below the last one there is writing.
 *
 * Discard is used only where what is read afterwards is certain: where the device itself promises zeros (no current kernel says so of
 * any), and on a loop device over a tmpfs file, whose pages are then gone; tmpfs has no ZERO_RANGE. PUNCH_HOLE is never used, and no
 * discard that becomes one elsewhere: some FUSE exports answer 0 to it and keep the old data.
 *
 * @param sysfs mount point of sysfs
 */
export function rungsOf(target: Endpoint, backing: Backing, sysfs = '/sys'): Rung[] {
  if (target.kind === 'file') return [{ method: 'zero-range', alignment: DIRECT_ALIGNMENT, run: zeroRange }];
  const limits = queueLimits(deviceNumber(fstatSync(target.fd, { bigint: true }).rdev), sysfs);
  const alignment = writeAlignment(target);
  const onTmpfs = backing.kind === 'file' && backing.filesystem === 'tmpfs';
  const rungs: Rung[] = [];
  if (limits.discardMax > 0 && (limits.discardZeroes || onTmpfs)) {
    rungs.push({
      method: 'discard',
      alignment: Math.max(alignment, limits.discardGranularity),
      run: discard,
    });
  }
  if (limits.writeZeroesMax > 0) rungs.push({ method: 'write-zeroes', alignment, run: zeroOut });
  return rungs;
}

/** What offsets and lengths of writes are multiples of: a page, or the block of a device with larger ones. */
export function writeAlignment({ kind, fd }: Endpoint): number {
  return kind === 'file' ? DIRECT_ALIGNMENT : Math.max(DIRECT_ALIGNMENT, logicalBlockSize(fd));
}
