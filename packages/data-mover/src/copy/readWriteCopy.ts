import { alignedBuffer } from '../libc/alignedBuffer.ts';
import { readSome } from '../readSome.ts';
import { writeAll } from '../writeAll.ts';
import { zeroRuns } from '../zeroRuns.ts';
import { isAligned } from './directPair.ts';
import { account, type CopyJob } from './job.ts';

const CHUNK = 1024 * 1024;

/**
 * Copies `start` to `end` through a buffer: works between any two files or devices. Zeros are not written onto a destination that
 * is proven to have them.
 */
export function readWriteCopy(job: CopyJob, start: number, end: number): void {
  if (start >= end) return;
  const { control, session } = job;
  const buffer = chunkBuffer(session.throttle.piece(session.blockSize ?? CHUNK));
  let position = start;
  while (position < end) {
    control.throwIfCancelled();
    const wanted = Math.min(buffer.length, end - position);
    session.throttle.pace(wanted);
    const source = suitsDirect(job, position, wanted) ? (job.direct?.source ?? job.source) : job.source;
    const bytes = readSome(source, buffer.subarray(0, wanted), job.sourceOffset + position, control);
    const chunk = buffer.subarray(0, bytes);
    job.hash?.update(chunk);
    if (job.destinationIsZero) writeData(job, chunk, position);
    else write(job, chunk, position);
    position += bytes;
  }
}

function writeData(job: CopyJob, chunk: Buffer, position: number): void {
  for (const { zero, start, end } of zeroRuns(chunk, job.destinationOffset + position)) {
    if (zero) account(job, 'skipped', end - start);
    else write(job, chunk.subarray(start, end), position + start);
  }
}

function write(job: CopyJob, chunk: Buffer, position: number): void {
  const offset = job.destinationOffset + position;
  if (job.direct !== undefined && suitsDirect(job, position, chunk.length)) {
    writeAll(job.direct.destination, chunk, offset, job.control);
    account(job, 'read-write', chunk.length);
    return;
  }
  writeAll(job.destination, chunk, offset, job.control);
  account(job, 'read-write', chunk.length);
  job.writeBehind.wrote(offset, chunk.length);
}

/** Chunks begin at the start of the buffer or on a multiple of 32 KiB of the destination, so their memory is aligned if these are. */
function suitsDirect({ sourceOffset, destinationOffset }: CopyJob, position: number, bytes: number): boolean {
  return isAligned(sourceOffset + position, destinationOffset + position, bytes);
}

let kept: Buffer = Buffer.alloc(0);

/** One buffer per thread: extents may be many and small, and a task never gives up its thread between using it. */
function chunkBuffer(bytes: number): Buffer {
  if (kept.length < bytes) kept = alignedBuffer(bytes);
  return kept.subarray(0, bytes);
}
