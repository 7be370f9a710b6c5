import type { Hash } from 'node:crypto';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import type { IoSession } from '../throttle/ioSession.ts';
import type { WriteBehind } from '../writeBehind.ts';
import type { DirectPair } from './directPair.ts';
import type { CopyKind, ShardBoard } from './shardBoard.ts';

/** One thread's part of a copy under way. Positions are counted from the start of the range, the same on both sides. */
export interface CopyJob {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sourceOffset: number;
  readonly destinationOffset: number;
  readonly length: number;
  /** Whether zeros need not be written. */
  readonly destinationIsZero: boolean;
  readonly control: TaskControl;
  readonly session: IoSession;
  readonly board: ShardBoard;
  readonly writeBehind: WriteBehind;
  /** The same two past the page cache, where that is better. */
  readonly direct: DirectPair | undefined;
  /** Digest of what is written; then all bytes go through this one thread, in order. */
  readonly hash: Hash | undefined;
  /** Cleared once the kernel says that it cannot for this pair. */
  kernelCopyWorks: boolean;
}

/** Notes progress. */
export function account(job: CopyJob, kind: CopyKind, bytes: number): void {
  job.board.account(kind, bytes);
  job.control.advance(bytes);
}
