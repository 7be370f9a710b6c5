import { DataMoverError } from './errors.ts';

/** Scheduling class of a thread's disk requests (ioprio_set(2), ionice(1)). */
export interface IoPriority {
  /** `realtime` needs CAP_SYS_ADMIN. */
  readonly class: 'realtime' | 'best-effort' | 'idle';
  /** 0 (first) to 7 (last); ignored by `idle`. Default 4. */
  readonly level?: number;
}

/** How a task does its reads and writes. */
export interface IoOptions {
  /**
   * Size of each read and write in bytes (`volume_dd_blocksize`); a multiple of 512. More than 16 MiB counts as 16 MiB, so that a task
   * can be cancelled. Default: chosen by the task.
   */
  readonly blockSize?: number;
  /** Default: as the process. */
  readonly priority?: IoPriority;
  /** Most bytes per second (`volume_copy_bps_limit`), shared by all tasks of the pool that touch the same device. 0: no limit. */
  readonly bytesPerSecond?: number;
}

/** @throws DataMoverError INVALID_REQUEST */
export function checkIoOptions({ blockSize, priority, bytesPerSecond }: IoOptions = {}): void {
  if (blockSize !== undefined && !(isNatural(blockSize) && blockSize > 0 && blockSize % 512 === 0))
    throw invalid(`block size ${blockSize} is not a multiple of 512`);
  if (bytesPerSecond !== undefined && !isNatural(bytesPerSecond))
    throw invalid(`${bytesPerSecond} bytes per second is not a whole number from 0 on`);
  const level = priority?.level;
  if (level !== undefined && !(isNatural(level) && level <= 7))
    throw invalid(`I/O priority level ${level} is not from 0 to 7`);
}

function isNatural(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function invalid(message: string): DataMoverError {
  return new DataMoverError('INVALID_REQUEST', message);
}
