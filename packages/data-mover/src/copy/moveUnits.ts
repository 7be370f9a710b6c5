import { extents } from '../extents.ts';
import { attemptIo } from '../ioError.ts';
import { nextData } from '../libc/seek.ts';
import { requireUncut } from '../requireUncut.ts';
import { zeroFill } from '../zeroFill.ts';
import { hashZeros } from './hashRange.ts';
import { account, type CopyJob } from './job.ts';
import { kernelCopy } from './kernelCopy.ts';
import { dropBehind, readAhead } from './readAhead.ts';
import { readWriteCopy } from './readWriteCopy.ts';
import type { Unit } from './shardBoard.ts';

/** Data that the kernel is asked for before it is needed; of this thread's unit, as another may be through with the next one. */
const AHEAD = 16 * 1024 * 1024;
/** Copied before `between` is called again. */
const SLICE = 8 * 1024 * 1024;

/**
 * Copies units of the board until none is left for this thread.
 *
 * @param between called after each slice of a unit
 * @param drop whether to take what is copied out of the page cache
 */
export async function moveUnits(job: CopyJob, drop: boolean, between: () => Promise<void>): Promise<void> {
  for (;;) {
    job.control.throwIfCancelled();
    const taken = job.board.take();
    if (taken === undefined) return;
    const unit = job.board.extend(taken, firstData(job, taken.start));
    for (const slice of slices(job, unit)) {
      job.board.throwIfFailed();
      if (job.direct === undefined && !job.session.throttle.limited)
        readAhead(job, slice.start, unit.end, AHEAD);
      moveSlice(job, slice);
      if (drop && job.direct === undefined) dropBehind(job, slice.start, slice.end);
      await between();
    }
  }
}

/** Cuts a unit: its hole at the start is one slice, however long. */
function* slices(job: CopyJob, { start, end }: Unit): Generator<Unit> {
  for (let position = start; position < end; ) {
    const next = Math.min(Math.max(position + SLICE, firstData(job, position)), end);
    yield { start: position, end: next };
    position = next;
  }
}

function firstData({ source, sourceOffset, length, control }: CopyJob, start: number): number {
  const found = attemptIo(source, sourceOffset + start, control, () =>
    nextData(source.fd, sourceOffset + start),
  );
  if (found !== null) return Math.min(found - sourceOffset, length);
  requireUncut(source, sourceOffset + length, control);
  return length;
}

function moveSlice(job: CopyJob, { start, end }: Unit): void {
  const { source, sourceOffset, control } = job;
  const walk = extents(source.fd, sourceOffset + start, sourceOffset + end);
  for (;;) {
    control.throwIfCancelled();
    const next = attemptIo(source, sourceOffset, control, () => walk.next());
    if (next.done === true) return;
    const first = next.value.start - sourceOffset;
    const last = next.value.end - sourceOffset;
    if (next.value.kind === 'data') moveData(job, first, last);
    else moveHole(job, first, last);
  }
}

function moveData(job: CopyJob, start: number, end: number): void {
  // The kernel's own copy shows nobody the bytes.
  const seen = job.hash !== undefined || job.destinationIsZero;
  readWriteCopy(job, seen ? start : kernelCopy(job, start, end), end);
}

function moveHole(job: CopyJob, start: number, end: number): void {
  const { destination, destinationOffset, control, hash, session } = job;
  if (job.destinationIsZero) account(job, 'skipped', end - start);
  else
    zeroFill(destination, destinationOffset + start, destinationOffset + end, control, {
      done: (bytes) => account(job, 'zeroed', bytes),
      pace: (bytes) => session.throttle.pace(bytes),
    });
  if (hash !== undefined) hashZeros(hash, end - start, control);
}
