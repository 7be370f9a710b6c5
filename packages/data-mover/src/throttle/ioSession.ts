import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import type { IoOptions, IoPriority } from '../ioOptions.ts';
import { encodeIoPriority, setThreadIoPriority, threadIoPriority } from '../libc/ioprio.ts';
import { ErrnoError } from '../libc/library.ts';
import { Throttle } from './throttle.ts';

/** A block size above this would make a task deaf to its cancellation. */
const MOST_BLOCK = 16 * 1024 * 1024;

/** How a task under way does its reads and writes. */
export interface IoSession {
  /** Bytes of each read and write, when the caller set them. */
  readonly blockSize: number | undefined;
  readonly throttle: Throttle;
}

/**
 * Runs a task under its options: this thread's I/O priority is set for as long as it takes, and the limits of the devices are kept
 * by whoever calls `session.throttle.pace`.
 *
 * @param io as checked by `checkIoOptions`
 * @param endpoints what the task reads and writes
 * @throws DataMoverError INVALID_REQUEST when this process may not have the priority; and what `task` throws
 */
export async function withIoOptions<T>(
  io: IoOptions | undefined,
  endpoints: readonly Endpoint[],
  control: TaskControl,
  task: (session: IoSession) => Promise<T>,
): Promise<T> {
  const before = io?.priority === undefined ? undefined : enterPriority(io.priority);
  try {
    return await task({
      blockSize: io?.blockSize === undefined ? undefined : Math.min(io.blockSize, MOST_BLOCK),
      throttle: new Throttle(endpoints, io?.bytesPerSecond ?? 0, control),
    });
  } finally {
    if (before !== undefined) setThreadIoPriority(before);
  }
}

/** @returns what to restore */
function enterPriority(priority: IoPriority): number {
  try {
    const before = threadIoPriority();
    setThreadIoPriority(encodeIoPriority(priority));
    return before;
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    throw new DataMoverError(
      'INVALID_REQUEST',
      `I/O priority ${priority.class} cannot be had: ${error.errno}`,
      { errno: error.errno, doneBytes: 0 },
      { cause: error },
    );
  }
}
