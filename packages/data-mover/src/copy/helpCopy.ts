import type { TaskControl } from '../control.ts';
import { moveUnits } from './moveUnits.ts';
import { dropsCache, withCopyJob } from './openCopy.ts';
import type { CopyRequest } from './request.ts';
import { ShardBoard } from './shardBoard.ts';

/**
 * Takes part in a copy that another thread leads, until no unit is left or the thread is wanted elsewhere. What it did is on the
 * board; the leader makes it durable.
 *
 * @param shard number of this thread in the copy, from 1 on
 * @throws DataMoverError
 */
export async function helpCopy(
  request: CopyRequest,
  control: TaskControl,
  shared: SharedArrayBuffer,
  shard: number,
): Promise<void> {
  const board = new ShardBoard(shared, shard);
  if (!board.awaitOpen(control)) return;
  try {
    await withCopyJob(request, control, board, (job) =>
      moveUnits(job, dropsCache(request), () => Promise.resolve()),
    );
  } catch (error) {
    board.fail();
    throw error;
  }
}
