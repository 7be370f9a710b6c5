import type { TaskControl } from '../control.ts';
import { checkBytes, checkPath } from '../copy/request.ts';
import { openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { blockHash } from './blockHash.ts';
import { isZero } from './isZero.ts';
import { LocationList } from './location.ts';
import { dataBlocks, readBlocks } from './readBlocks.ts';
import type { CheckBlocksRequest, CheckBlocksResult } from './request.ts';

/** Compares what a volume reads as with the hashes of its blocks; holes are zero unread. @throws DataMoverError; `source` is the volume */
export async function checkBlocks(
  request: CheckBlocksRequest,
  control: TaskControl,
): Promise<CheckBlocksResult> {
  checkPath('source', request.source.path);
  const { blockSize, hashKey, length } = request;
  const range = { offset: checkBytes('source.offset', request.source.offset ?? 0), length, blockSize };
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
    const marks = dataBlocks(source, range, control);
    let first: number | null = null;
    const differs = (index: number): void => {
      first = Math.min(first ?? index, index);
    };
    for (let index = 0; index < marks.length; index += 1) {
      if (marks[index] === 0 && !expected.isZero(index)) differs(index);
    }
    readBlocks(source, range, marks, control, (index, block) => {
      const same = expected.isZero(index)
        ? isZero(block)
        : blockHash(block, hashKey).equals(expected.hash(index));
      if (!same) differs(index);
      control.advance(block.length);
    });
    return { firstDifference: first === null ? null : range.offset + first * blockSize };
  } finally {
    source.close();
  }
}
