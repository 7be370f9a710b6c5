import { readSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { extents } from '../extents.ts';
import { attemptIo } from '../ioError.ts';
import type { ByteRange } from './request.ts';

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
    if (next.done === true) return touchedBlocks(range, data);
    const { kind, start, end } = next.value;
    if (kind === 'data') data.push({ offset: start, length: end - start });
  }
}

/** Calls `visit` with every marked block in turn; the bytes are good during the call only. */
export function readBlocks(
  source: Endpoint,
  range: BlockRange,
  marks: Uint8Array,
  control: TaskControl,
  visit: (index: number, block: Buffer) => void,
): void {
  const { blockSize } = range;
  const atOnce = Math.max(1, Math.floor(CHUNK / blockSize));
  const buffer = Buffer.allocUnsafeSlow(Math.min(atOnce * blockSize, Math.max(range.length, 1)));
  for (let first = 0; first < marks.length; ) {
    if (marks[first] !== 1) {
      first += 1;
      continue;
    }
    let last = first + 1;
    while (last < marks.length && last - first < atOnce && marks[last] === 1) last += 1;
    const start = range.offset + first * blockSize;
    const length = Math.min(last * blockSize, range.length) - first * blockSize;
    readFully(source, buffer.subarray(0, length), start, control);
    for (let index = first; index < last; index += 1) {
      control.throwIfCancelled();
      const at = (index - first) * blockSize;
      visit(index, buffer.subarray(at, Math.min(at + blockSize, length)));
    }
    first = last;
  }
}

function readFully(source: Endpoint, buffer: Buffer, offset: number, control: TaskControl): void {
  for (let done = 0; done < buffer.length; ) {
    const at = offset + done;
    const bytes = attemptIo(source, at, control, () =>
      readSync(source.fd, buffer, done, buffer.length - done, at),
    );
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
