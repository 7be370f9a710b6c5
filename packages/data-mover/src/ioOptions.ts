/** Scheduling class of a thread's disk requests (ioprio_set(2), ionice(1)). */
export interface IoPriority {
  readonly class: 'realtime' | 'best-effort' | 'idle';
  /** 0 (first) to 7 (last); ignored by `idle`. Default 4. */
  readonly level?: number;
}

/** How a task does its reads and writes. */
export interface IoOptions {
  /** Size of each read and write in bytes (`volume_dd_blocksize`); a multiple of 512. Default: chosen by the task. */
  readonly blockSize?: number;
  /** Default: as the process. */
  readonly priority?: IoPriority;
  /** Most bytes per second (`volume_copy_bps_limit`), shared by all tasks of the pool that touch the same device. 0: no limit. */
  readonly bytesPerSecond?: number;
}
