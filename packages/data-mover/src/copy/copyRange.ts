import { Checkpoint } from '../checkpoint.ts';
import type { TaskControl } from '../control.ts';
import { requireRange } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { flush } from '../flush.ts';
import { requireUncut } from '../requireUncut.ts';
import { hashRange } from './hashRange.ts';
import type { CopyJob } from './job.ts';
import { moveUnits } from './moveUnits.ts';
import { dropsCache, withCopyJob } from './openCopy.ts';
import { reflinkBlocks } from './reflink.ts';
import { type CopyMethod, type CopyRequest, type CopyResult, checkCopyRequest } from './request.ts';
import { ShardBoard } from './shardBoard.ts';
import { verifyCopy } from './verifyCopy.ts';

const MIB = 1024 * 1024;
/** Long runs: two threads that take turns at short ones have a disk jump between them, and a file lie in pieces. */
const UNIT = 64 * MIB;
const UNITS_PER_SHARD = 8;
const LEAST_UNIT = 64 * 1024;

/**
 * Copies a byte range between two files or block devices, in this thread and those that help (`helpCopy`).
 *
 * Identities are proven and sizes checked before the first byte; the destination is never created, truncated or grown; success
 * means that it is durable. Repeating it is harmless. Blocks the thread, except while flushing.
 *
 * @param shared memory of the copy's shards
 * @param shards how many threads there are, this one included
 * @throws DataMoverError with any code but CLOSED
 */
export async function copyRange(
  request: CopyRequest,
  control: TaskControl,
  shared: SharedArrayBuffer = ShardBoard.memory(),
  shards = 1,
): Promise<CopyResult> {
  const started = performance.now();
  const board = new ShardBoard(shared, 0);
  try {
    checkCopyRequest(request);
    control.begin();
    return await withCopyJob(request, control, board, async (job) => {
      requireRange(job.source, job.sourceOffset, job.length);
      requireRange(job.destination, job.destinationOffset, job.length);
      checkApart(job);
      await moveAll(job, request, shards);
      if (request.verify === true) verifyCopy(job);
      return {
        bytes: job.length,
        ...counts(board),
        sha256: job.hash?.digest('hex') ?? null,
        verified: request.verify === true,
        durationMs: Math.round(performance.now() - started),
      };
    });
  } catch (error) {
    board.fail();
    throw error;
  } finally {
    board.close();
  }
}

async function moveAll(job: CopyJob, request: CopyRequest, shards: number): Promise<void> {
  const { destination, destinationOffset, length, control, board, hash } = job;
  const from = request.resumeFrom ?? 0;
  control.advance(from);
  control.reachDurable(from);
  const base = reflinkBlocks(job, from);
  // Bytes that this thread never sees are hashed as they lie in the destination.
  if (hash !== undefined) hashRange(hash, destination, destinationOffset, destinationOffset + base, control);
  board.open(base, length, unitOf(job, shards));
  const checkpoint = new Checkpoint(destination, control, from);
  try {
    await moveUnits(job, dropsCache(request), () => checkpoint.tick(board.prefix));
    board.awaitOthers(control);
    requireUncut(job.source, job.sourceOffset + length, control);
    await checkpoint.end();
  } finally {
    checkpoint.release();
  }
  await flush(destination, control);
  control.reachDurable(length);
}

/** So much that the disk is written in order; so little that each thread gets several, and soon leaves when it is needed elsewhere. */
function unitOf({ session, length }: CopyJob, shards: number): number {
  const block = session.blockSize ?? LEAST_UNIT;
  const share = shards === 1 ? UNIT : Math.ceil(length / (shards * UNITS_PER_SHARD));
  const wanted = Math.max(1, Math.min(session.throttle.piece(UNIT), length, share));
  return Math.ceil(wanted / block) * block;
}

function checkApart({ source, destination, sourceOffset, destinationOffset, length }: CopyJob): void {
  if (source.key !== destination.key || Math.abs(sourceOffset - destinationOffset) >= length) return;
  throw new DataMoverError(
    'OVERLAP',
    `source ${source.path} and destination ${destination.path} are the same bytes`,
    { doneBytes: 0 },
  );
}

function counts(
  board: ShardBoard,
): Pick<CopyResult, 'copiedBytes' | 'skippedBytes' | 'zeroedBytes' | 'method'> {
  const methods: Exclude<CopyMethod, 'none'>[] = ['reflink', 'copy_file_range', 'read-write'];
  return {
    copiedBytes: methods.reduce((sum, method) => sum + board.count(method), 0),
    skippedBytes: board.count('skipped'),
    zeroedBytes: board.count('zeroed'),
    method: methods.reduce<CopyMethod>(
      (best, method) => (board.count(method) > (best === 'none' ? 0 : board.count(best)) ? method : best),
      'none',
    ),
  };
}
