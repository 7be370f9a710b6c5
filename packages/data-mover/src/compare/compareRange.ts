import type { TaskControl } from '../control.ts';
import { checkBytes, checkPath } from '../copy/request.ts';
import { openEndpoint, requireRange } from '../endpoint.ts';
import type { Side } from '../errors.ts';
import { checkIoOptions } from '../ioOptions.ts';
import { RangeReader } from '../rangeReader.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';
import { extentPairs } from './extentPairs.ts';
import type { CompareRequest, CompareResult } from './request.ts';

/**
 * Compares two byte ranges, in this thread, up to the first byte that differs. Reads neither side where both have a hole, and only
 * the other one where one has. Changes nothing.
 *
 * @throws DataMoverError as `copyRange`
 */
export async function compareRange(request: CompareRequest, control: TaskControl): Promise<CompareResult> {
  const { length, io } = request;
  const sourceOffset = checkSide('source', request.source, length);
  const destinationOffset = checkSide('destination', request.destination, length);
  checkIoOptions(io);
  control.begin();
  const source = openEndpoint('source', request.source.path, request.source.identity, 'read');
  try {
    const { path, identity } = request.destination;
    const destination = openEndpoint('destination', path, identity, 'read');
    try {
      requireRange(source, sourceOffset, length);
      requireRange(destination, destinationOffset, length);
      return await withIoOptions(io, [source, destination], control, async (session) => {
        const first = new RangeReader(source, sourceOffset, session, control);
        const second = new RangeReader(destination, destinationOffset, session, control);
        const firstDifference = difference([first, second], length, session, control);
        return { equal: firstDifference === null, firstDifference };
      });
    } finally {
      destination.close();
    }
  } finally {
    source.close();
  }
}

function difference(
  sides: readonly [RangeReader, RangeReader],
  length: number,
  { throttle }: IoSession,
  control: TaskControl,
): number | null {
  const [first, second] = sides;
  for (const { start, end, data } of extentPairs(first, second, length)) {
    control.throwIfCancelled();
    if (data === 'none') control.advance(end - start);
    else
      for (let position = start; position < end; ) {
        control.throwIfCancelled();
        const bytes = Math.min(first.blockSize, end - position, throttle.piece(first.blockSize));
        throttle.pace(bytes);
        // Both begin to read before either is waited for.
        if (data !== 'second') first.expect(position, position + bytes, end);
        if (data !== 'first') second.expect(position, position + bytes, end);
        const one = data === 'second' ? first.zeros(bytes) : first.read(position, bytes);
        const other = data === 'first' ? second.zeros(bytes) : second.read(position, bytes);
        if (one.compare(other) !== 0) return position + one.findIndex((byte, index) => byte !== other[index]);
        control.advance(bytes);
        position += bytes;
      }
  }
  return null;
}

function checkSide(side: Side, { path, offset = 0 }: CompareRequest['source'], length: number): number {
  checkPath(side, path);
  checkBytes(`${side}.offset`, offset);
  checkBytes('length', length);
  checkBytes(`${side}.offset + length`, offset + length);
  return offset;
}
