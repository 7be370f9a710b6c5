import { createHash } from 'node:crypto';
import type { TaskControl } from '../control.ts';
import { openEndpoint } from '../endpoint.ts';
import { withIoOptions } from '../throttle/ioSession.ts';
import { WriteBehind } from '../writeBehind.ts';
import { openDirectPair } from './directPair.ts';
import type { CopyJob } from './job.ts';
import type { CopyRequest } from './request.ts';
import type { ShardBoard } from './shardBoard.ts';

/** Copies of more than this leave the page cache as they found it. */
const DROP_FROM = 512 * 1024 * 1024;

/** Whether a copy is so big that what it touched should not stay in the page cache. */
export function dropsCache({ length, verify, digest }: CopyRequest): boolean {
  return length > DROP_FROM && verify !== true && digest !== true;
}

/** Opens both sides, each proven to be the right one, for one thread's part of a copy, and closes them after `use`. @throws DataMoverError */
export async function withCopyJob<T>(
  request: CopyRequest,
  control: TaskControl,
  board: ShardBoard,
  use: (job: CopyJob) => Promise<T>,
): Promise<T> {
  const source = openEndpoint('source', request.source.path, request.source.identity);
  try {
    const destination = openEndpoint('destination', request.destination.path, request.destination.identity);
    const direct = openDirectPair(source, destination);
    try {
      return await withIoOptions(request.io, [source, destination], control, (session) =>
        use({
          source,
          destination,
          sourceOffset: request.source.offset ?? 0,
          destinationOffset: request.destination.offset ?? 0,
          length: request.length,
          destinationIsZero: request.destinationIsZero ?? false,
          control,
          session,
          board,
          writeBehind: new WriteBehind(destination, control, {
            drop: dropsCache(request),
            mostPiece: session.throttle.piece(request.length),
          }),
          direct,
          hash: request.digest === true ? createHash('sha256') : undefined,
          kernelCopyWorks: source.kind === 'file' && destination.kind === 'file',
        }),
      );
    } finally {
      direct?.close();
      destination.close();
    }
  } finally {
    source.close();
  }
}
