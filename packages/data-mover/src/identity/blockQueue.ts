import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceNumber } from './deviceNumber.ts';

/** What a block device can do by itself (Documentation/ABI/stable/sysfs-block). Sizes in bytes, 0: it cannot. */
export interface QueueLimits {
  /** Most that one discard takes. */
  readonly discardMax: number;
  /** Discards of less than this, or not on its multiples, may do nothing. */
  readonly discardGranularity: number;
  /** Whether the device promises that discarded blocks read as zero. Linux stopped believing that in 4.12: 0 ever since. */
  readonly discardZeroes: boolean;
  /** Most that one write-zeroes takes. */
  readonly writeZeroesMax: number;
}

/**
 * Reads the limits of a block device's queue; a partition has its disk's. What is not told is 0.
 *
 * @param sysfs mount point of sysfs
 */
export function queueLimits({ major, minor }: DeviceNumber, sysfs = '/sys'): QueueLimits {
  const device = join(sysfs, 'dev/block', `${major}:${minor}`);
  const limit = (name: string): number =>
    // Not `join`: it would resolve the dots before the kernel follows the link of the partition.
    numberIn(`${device}/queue/${name}`) ?? numberIn(`${device}/../queue/${name}`) ?? 0;
  return {
    discardMax: limit('discard_max_bytes'),
    discardGranularity: limit('discard_granularity'),
    discardZeroes: limit('discard_zeroes_data') === 1,
    writeZeroesMax: limit('write_zeroes_max_bytes'),
  };
}

function numberIn(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined; // no such limit on this kernel or device
    throw error;
  }
}
