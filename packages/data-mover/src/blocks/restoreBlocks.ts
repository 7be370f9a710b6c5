import type { TaskControl } from '../control.ts';
import { checkPath } from '../copy/request.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { checkIoOptions } from '../ioOptions.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';
import { LocationList } from './location.ts';
import { PackCipher } from './packCipher.ts';
import { PackReader } from './packReader.ts';
import type { RestoreBlocksRequest, RestoreBlocksResult } from './request.ts';
import { writeBytes } from './writeBytes.ts';
import { openZstd } from './zstd.ts';

const zstd = openZstd();

/**
 * Writes blocks of one pack to their places in a volume. Each is proven to be what was stored before it is written; at the first that is
 * not, it stops. Nothing is durable yet.
 *
 * @throws DataMoverError as `copyRange`; `source` is the pack, `destination` the volume, which is dirty
 */
export async function restoreBlocks(
  request: RestoreBlocksRequest,
  control: TaskControl,
): Promise<RestoreBlocksResult> {
  checkPath('pack', request.pack.path);
  checkPath('destination', request.destination.path);
  checkIoOptions(request.io);
  control.begin();
  const { sizeBytes } = request;
  const pack = openEndpoint('source', request.pack.path, undefined);
  try {
    const destination = openEndpoint('destination', request.destination.path, request.destination.identity);
    try {
      if (destination.size < sizeBytes) {
        throw new DataMoverError(
          'DESTINATION_TOO_SMALL',
          `destination ${destination.path} has ${destination.size} bytes, ${sizeBytes - destination.size} too few`,
          { side: 'destination', path: destination.path, doneBytes: 0 },
        );
      }
      return await withIoOptions(request.io, [destination], control, async (session) =>
        writeBlocks(request, pack, destination, session, control),
      );
    } finally {
      destination.close();
    }
  } finally {
    pack.close();
  }
}

function writeBlocks(
  request: RestoreBlocksRequest,
  pack: Endpoint,
  destination: Endpoint,
  session: IoSession,
  control: TaskControl,
): RestoreBlocksResult {
  const { blockSize, hashKey, indexes, sizeBytes } = request;
  const locations = new LocationList(request.locations);
  const cipher = request.pack.key === null ? null : new PackCipher(request.pack.key);
  const reader = new PackReader(pack, { cipher, zstd, hashKey, blockSize, control });
  const last = locations.count - 1;
  const ahead = last < 0 ? 0 : locations.offset(last) + locations.length(last);
  let writtenBytes = 0;
  for (let at = 0; at < locations.count; at += 1) {
    control.throwIfCancelled();
    const offset = locations.offset(at);
    const block = reader.read(
      { hash: locations.hash(at), pack: 0, offset, length: locations.length(at) },
      ahead,
    );
    if (typeof block === 'string') return { writtenBytes, problem: { offset, message: block } };
    const position = (indexes[at] ?? 0) * blockSize;
    if (block.length !== Math.min(blockSize, sizeBytes - position))
      return {
        writtenBytes,
        problem: { offset, message: 'it is not as long as the block of the volume' },
      };
    writeBytes(destination, block, position, control, session);
    control.advance(block.length);
    writtenBytes += block.length;
  }
  return { writtenBytes, problem: null };
}
