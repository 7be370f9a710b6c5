import type { Piscina } from 'piscina';
import type { CopyMessage, TaskMessage, TaskReply } from '../message.ts';
import type { CopyRequest, CopyResult } from './request.ts';
import { ShardBoard } from './shardBoard.ts';

/** A copy that one or more threads of a pool work at. */
export interface LaunchedCopy {
  readonly reply: Promise<TaskReply<CopyResult>>;
  /** Threads at work besides the first. */
  readonly helpers: () => number;
  /** Has the helpers leave soon: their threads are needed. */
  readonly dismiss: () => void;
}

/** Threads at one copy: two keep every disk that was measured busy, and leave the machine to others. */
const MOST_SHARDS = 2;

/** What a copy may use. */
export interface CopyMeans {
  readonly pool: Piscina;
  /** Threads of the pool that would be idle otherwise, the copy's first not counted. */
  readonly idleThreads: number;
  /** Bytes from which on a copy gets help. */
  readonly helpFrom: number;
}

/** Starts a copy. */
export function launchCopy(
  message: TaskMessage<CopyRequest>,
  { pool, idleThreads, helpFrom }: CopyMeans,
): LaunchedCopy {
  const shared = ShardBoard.memory();
  const board = new ShardBoard(shared, 0);
  const wanted = wantsHelp(message.request, helpFrom)
    ? Math.min(MOST_SHARDS - 1, Math.max(0, idleThreads))
    : 0;
  let helping = wanted;
  const leader: Promise<TaskReply<CopyResult>> = pool
    .run({ ...message, shared, shard: 0, shards: wanted + 1 } satisfies CopyMessage, { name: 'copy' })
    .finally(() => board.close());
  const helpers = Array.from({ length: wanted }, async (_, index): Promise<TaskReply<void>> => {
    try {
      return await pool.run(
        { ...message, shared, shard: index + 1, shards: wanted + 1 } satisfies CopyMessage,
        {
          name: 'helpCopy',
        },
      );
    } catch (error) {
      // The thread is gone, and with it what it had taken.
      board.fail();
      throw error;
    } finally {
      helping -= 1;
    }
  });
  return { reply: settle(leader, helpers), helpers: () => helping, dismiss: () => board.dismissHelpers() };
}

/** What is digested passes through one thread, in order. */
function wantsHelp({ length, resumeFrom = 0, digest }: CopyRequest, helpFrom: number): boolean {
  return length - resumeFrom >= helpFrom && digest !== true;
}

/** The copy is over when all of its threads are. A helper's failure is the copy's: the leader knows only that there was one. */
async function settle(
  leader: Promise<TaskReply<CopyResult>>,
  helpers: readonly Promise<TaskReply<void>>[],
): Promise<TaskReply<CopyResult>> {
  const [led] = await Promise.allSettled([leader]);
  const helped = await Promise.allSettled(helpers);
  if (led.status === 'rejected') throw led.reason;
  if (led.value.ok || led.value.code !== 'WORKER_FAILED') return led.value;
  for (const outcome of helped) {
    if (outcome.status === 'rejected') throw outcome.reason;
    if (!outcome.value.ok) return outcome.value;
  }
  return led.value;
}
