import { readSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { extents } from '../extents.ts';
import { attemptIo } from '../ioError.ts';
import { ErrnoError } from '../libc/library.ts';
import { readahead } from '../libc/readahead.ts';
import { requireUncut } from '../requireUncut.ts';
import type { IoSession } from '../throttle/ioSession.ts';
import type { ByteRange } from './request.ts';
import { threadBuffer } from './threadBuffer.ts';

const CHUNK = 4 * 1024 * 1024;

/** A range that is looked at block by block. */
export interface BlockRange {
  /** First byte, in the volume. */
  readonly offset: number;
  readonly length: number;
  readonly blockSize: number;
}

/** How many blocks a range has; the last may be shorter. */
export function blockCount({ length, blockSize }: BlockRange): number {
  return Math.ceil(length / blockSize);
}

/** Marks the blocks that any of these byte ranges touches. */
export function touchedBlocks(range: BlockRange, touched: Iterable<ByteRange>): Uint8Array {
  const marks = new Uint8Array(blockCount(range));
  for (const { offset, length } of touched) {
    const start = Math.max(offset, range.offset) - range.offset;
    const end = Math.min(offset + length, range.offset + range.length) - range.offset;
    if (end > start) marks.fill(1, Math.floor(start / range.blockSize), Math.ceil(end / range.blockSize));
  }
  return marks;
}

/** Marks the blocks that are not wholly in a hole. */
export function dataBlocks(source: Endpoint, range: BlockRange, control: TaskControl): Uint8Array {
  const data: ByteRange[] = [];
  const walk = extents(source.fd, range.offset, range.offset + range.length);
  for (;;) {
    control.throwIfCancelled();
    const next = attemptIo(source, range.offset, control, () => walk.next());
    if (next.done === true) {
      requireUncut(source, range.offset + range.length, control);
      return touchedBlocks(range, data);
    }
    const { kind, start, end } = next.value;
    if (kind === 'data') data.push({ offset: start, length: end - start });
  }
}

/** Calls `visit` with every marked block in turn; the bytes are good during the call only. */
export function readBlocks(
  source: Endpoint,
  range: BlockRange,
  marks: Uint8Array,
  { session, control }: { readonly session: IoSession; readonly control: TaskControl },
  visit: (index: number, block: Buffer) => void,
): void {
  const { blockSize } = range;
  const runs = [...markedRuns(marks, Math.max(1, Math.floor(CHUNK / blockSize)))];
  const bytesOf = ({ first, last }: BlockRun): { readonly offset: number; readonly length: number } => ({
    offset: range.offset + first * blockSize,
    length: Math.min(last * blockSize, range.length) - first * blockSize,
  });
  for (const [at, run] of runs.entries()) {
    const { offset, length } = bytesOf(run);
    const buffer = threadBuffer('read blocks', Math.max(CHUNK, blockSize)).subarray(0, length);
    readFully(source, buffer, offset, session, control);
    // While these blocks are worked on, the disk reads the next.
    const next = runs[at + 1];
    if (next !== undefined && !session.throttle.limited) readSoon(source, bytesOf(next));
    for (let index = run.first; index < run.last; index += 1) {
      control.throwIfCancelled();
      const start = (index - run.first) * blockSize;
      visit(index, buffer.subarray(start, Math.min(start + blockSize, length)));
    }
  }
}

interface BlockRun {
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
}

function* markedRuns(marks: Uint8Array, most: number): Generator<BlockRun> {
  for (let first = 0; first < marks.length; ) {
    let last = first;
    while (last < marks.length && last - first < most && marks[last] === 1) last += 1;
    if (last > first) yield { first, last };
    first = Math.max(last, first + 1);
  }
}

function readSoon(source: Endpoint, { offset, length }: ByteRange): void {
  try {
    readahead(source.fd, offset, length);
  } catch (error) {
    if (!(error instanceof ErrnoError)) throw error;
    // A hint that is not taken costs time only; a real error comes with the read.
  }
}

function readFully(
  source: Endpoint,
  buffer: Buffer,
  offset: number,
  { blockSize, throttle }: IoSession,
  control: TaskControl,
): void {
  for (let done = 0; done < buffer.length; ) {
    const at = offset + done;
    const wanted = throttle.piece(Math.min(buffer.length - done, blockSize ?? buffer.length));
    throttle.pace(wanted);
    const bytes = attemptIo(source, at, control, () => readSync(source.fd, buffer, done, wanted, at));
    if (bytes === 0) {
      throw new DataMoverError(
        'SOURCE_CHANGED',
        `source ${source.path} ended at byte ${at} while it was read`,
        { side: 'source', path: source.path, offset: at, doneBytes: control.doneBytes },
      );
    }
    done += bytes;
  }
}
