import type { TaskControl } from '../control.ts';
import { checkBytes, checkPath } from '../copy/request.ts';
import { dropCached } from '../dropCached.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { attemptIo } from '../ioError.ts';
import { checkIoOptions } from '../ioOptions.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';
import { blockHash } from './blockHash.ts';
import { isZero } from './isZero.ts';
import { LocationList } from './location.ts';
import { type BlockRange, dataBlocks, readBlocks } from './readBlocks.ts';
import type { CheckBlocksRequest, CheckBlocksResult } from './request.ts';

/**
 * Compares what the disk of a volume has, not what the page cache has of it, with the hashes of its blocks; holes are zero unread. What was
 * written must have been flushed.
 *
 * @throws DataMoverError; `source` is the volume
 */
export async function checkBlocks(
  request: CheckBlocksRequest,
  control: TaskControl,
): Promise<CheckBlocksResult> {
  checkPath('source', request.source.path);
  const { blockSize, hashKey, length } = request;
  const range = { offset: checkBytes('source.offset', request.source.offset ?? 0), length, blockSize };
  checkIoOptions(request.io);
  control.begin();
  const expected = new LocationList(request.locations);
  const source = openEndpoint('source', request.source.path, request.source.identity);
  try {
    if (source.size < range.offset + length) {
      throw new DataMoverError('SOURCE_TOO_SMALL', `source ${source.path} has ${source.size} bytes only`, {
        side: 'source',
        path: source.path,
        doneBytes: 0,
      });
    }
    attemptIo(source, range.offset, control, () => dropCached(source.fd, range.offset, length));
    return await withIoOptions(request.io, [source], control, async (session) => ({
      firstDifference: firstDifference(source, range, expected, hashKey, { session, control }),
    }));
  } finally {
    source.close();
  }
}

function firstDifference(
  source: Endpoint,
  range: BlockRange,
  expected: LocationList,
  hashKey: Uint8Array | null,
  work: { readonly session: IoSession; readonly control: TaskControl },
): number | null {
  const marks = dataBlocks(source, range, work.control);
  let first = marks.length;
  for (let index = 0; index < marks.length; index += 1) {
    if (marks[index] === 0 && !expected.isZero(index)) first = Math.min(first, index);
  }
  readBlocks(source, range, marks, work, (index, block) => {
    const same = expected.isZero(index)
      ? isZero(block)
      : blockHash(block, hashKey).equals(expected.hash(index));
    if (!same) first = Math.min(first, index);
    work.control.advance(block.length);
  });
  return first === marks.length ? null : range.offset + first * range.blockSize;
}
