import type { TaskControl } from '../control.ts';
import { checkBytes, checkPath } from '../copy/request.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { checkIoOptions } from '../ioOptions.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';
import { blockHash } from './blockHash.ts';
import { BlockTable } from './blockTable.ts';
import { isZero } from './isZero.ts';
import { LocationList } from './location.ts';
import { PackCipher } from './packCipher.ts';
import { PackWriter } from './packWriter.ts';
import { type BlockRange, blockCount, dataBlocks, readBlocks, touchedBlocks } from './readBlocks.ts';
import type { StoreBlocksRequest, StoreBlocksResult } from './request.ts';
import { openZstd } from './zstd.ts';

const zstd = openZstd();
const DEFAULT_LEVEL = 1;

/**
 * Finds out where each block of a range is stored, and appends to a pack those that are nowhere yet: hashed, compressed, encrypted
 * when the pack has a key. Zero blocks and holes are not stored. Nothing is durable yet. When it fails, the pack is of no use any more.
 *
 * @throws DataMoverError as `copyRange`; `source` is the volume, `destination` the pack
 */
export async function storeBlocks(
  request: StoreBlocksRequest,
  control: TaskControl,
): Promise<StoreBlocksResult> {
  checkPath('source', request.source.path);
  checkPath('pack', request.pack.path);
  const range = {
    offset: checkBytes('source.offset', request.source.offset ?? 0),
    length: checkBytes('length', request.length),
    blockSize: request.blockSize,
  };
  checkIoOptions(request.io);
  control.begin();
  const source = openEndpoint('source', request.source.path, request.source.identity);
  try {
    if (source.size < range.offset + range.length) {
      throw new DataMoverError(
        'SOURCE_TOO_SMALL',
        `source ${source.path} has ${source.size} bytes, fewer than ${range.offset + range.length}`,
        { side: 'source', path: source.path, doneBytes: 0 },
      );
    }
    const pack = openEndpoint('destination', request.pack.path, undefined);
    try {
      return await withIoOptions(request.io, [source], control, async (session) =>
        storeRange(request, range, { source, pack, session, control }),
      );
    } finally {
      pack.close();
    }
  } finally {
    source.close();
  }
}

function storeRange(
  request: StoreBlocksRequest,
  range: BlockRange,
  work: {
    readonly source: Endpoint;
    readonly pack: Endpoint;
    readonly session: IoSession;
    readonly control: TaskControl;
  },
): StoreBlocksResult {
  const { source, control } = work;
  const { hashKey } = request;
  const known = request.known === null ? undefined : new LocationList(request.known);
  const table = new BlockTable(request.table);
  const locations = LocationList.zeros(blockCount(range));
  const writer = new PackWriter(work.pack, request.pack.end, {
    cipher: request.pack.key === null ? null : new PackCipher(request.pack.key),
    zstd,
    level: request.compressionLevel ?? DEFAULT_LEVEL,
    blockSize: range.blockSize,
    control,
  });
  const marks = dataBlocks(source, range, control);
  if (request.changed !== null && known !== undefined) {
    const changed = touchedBlocks(range, request.changed);
    for (let index = 0; index < marks.length; index += 1) {
      if (changed[index] === 1) continue;
      marks[index] = 0;
      locations.copy(index, known, index);
    }
  }
  let frames = 0;
  let storedBytes = 0;
  readBlocks(source, range, marks, work, (index, block) => {
    control.advance(block.length);
    if (isZero(block)) return;
    const hash = blockHash(block, hashKey);
    if (known !== undefined && !known.isZero(index) && hash.equals(known.hash(index))) {
      locations.copy(index, known, index);
      return;
    }
    const place = table.find(hash);
    if (place !== undefined) {
      locations.set(index, { hash, ...place });
      return;
    }
    const stored = { hash, pack: request.pack.number, ...writer.append(block, hash) };
    locations.set(index, stored);
    table.add(stored);
    frames += 1;
    storedBytes += block.length;
  });
  writer.flush();
  return { locations: locations.bytes, packEnd: writer.end, frames, storedBytes };
}
