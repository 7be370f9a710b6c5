import type { TaskControl } from '../control.ts';
import { type Endpoint, openEndpoint, requireRange } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { flush } from '../flush.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';
import { writeAll } from '../writeAll.ts';
import { WriteBehind } from '../writeBehind.ts';
import { zeroFill } from '../zeroFill.ts';
import { isAllZero, zeroRuns } from '../zeroRuns.ts';
import { checkReceiveRequest } from './checkRequest.ts';
import { StreamHashes } from './hashes.ts';
import { PipeEnd } from './pipeEnd.ts';
import type { ReceiveRequest, StreamResult } from './request.ts';

const CHUNK = 1024 * 1024;
/** More than this does not stay in the page cache. */
const DROP_FROM = 512 * 1024 * 1024;

/** Where received bytes go. */
interface Sink {
  readonly destination: Endpoint;
  readonly destinationIsZero: boolean;
  readonly writeBehind: WriteBehind;
  readonly session: IoSession;
  readonly control: TaskControl;
}

/**
 * Writes what a pipe gives to a file or block device, in this thread, until the pipe ends. Zeros are not written onto a destination
 * that is proven to have them. The destination is never created, truncated or grown; success means that it is durable.
 *
 * @throws DataMoverError STREAM_BROKEN when the pipe gives less or more than it should: nothing past that is written; and as copyRange
 */
export async function receive(request: ReceiveRequest, control: TaskControl): Promise<StreamResult> {
  checkReceiveRequest(request);
  control.begin();
  const { path, identity, offset = 0 } = request.destination;
  const most = Math.min(request.most, request.length ?? request.most);
  const destination = openEndpoint('destination', path, identity);
  try {
    requireRange(destination, offset, request.length ?? 0);
    const pipe = PipeEnd.open(request.fd, 'read', control, request.head);
    try {
      return await withIoOptions(request.io, [destination], control, async (session) => {
        const sink: Sink = {
          destination,
          destinationIsZero: request.destinationIsZero ?? false,
          writeBehind: new WriteBehind(destination, control, {
            drop: most > DROP_FROM,
            mostPiece: session.throttle.piece(most),
          }),
          session,
          control,
        };
        const hashes = new StreamHashes(request.hashes);
        const bytes = pour(pipe, sink, offset, most, hashes);
        if (request.length !== null && bytes < request.length)
          throw broken(`it ended after ${bytes} of ${request.length} bytes`, control);
        await flush(destination, control);
        control.reachDurable(bytes);
        return { bytes, digests: hashes.digests() };
      });
    } finally {
      pipe.close();
    }
  } finally {
    destination.close();
  }
}

/** @returns bytes that came */
function pour(pipe: PipeEnd, sink: Sink, offset: number, most: number, hashes: StreamHashes): number {
  const { destination, session, control } = sink;
  const room = Math.min(most, destination.size - offset);
  const buffer = Buffer.allocUnsafeSlow(session.throttle.piece(session.blockSize ?? CHUNK));
  let done = 0;
  for (;;) {
    // One byte more than may come, so that it is seen.
    const wanted = Math.min(buffer.length, room - done + 1);
    const filled = fill(pipe, buffer.subarray(0, wanted));
    if (done + filled > most) throw broken(`it gives more than ${most} bytes`, control);
    if (done + filled > room) throw tooSmall(destination, control);
    if (filled > 0) {
      const chunk = buffer.subarray(0, filled);
      hashes.update(chunk);
      session.throttle.pace(filled);
      put(sink, chunk, offset + done);
      control.advance(filled);
      done += filled;
    }
    if (filled < wanted) return done;
  }
}

/** Fills the buffer, in as many reads as it takes: pipes give 64 KiB at a time. @returns less only at the end of the stream */
function fill(pipe: PipeEnd, buffer: Buffer): number {
  let filled = 0;
  while (filled < buffer.length) {
    const bytes = pipe.read(buffer.subarray(filled));
    if (bytes === 0) break;
    filled += bytes;
  }
  return filled;
}

function put(sink: Sink, chunk: Buffer, offset: number): void {
  const { destination, destinationIsZero, writeBehind, control } = sink;
  if (!destinationIsZero) {
    if (chunk.length >= CHUNK && isAllZero(chunk)) {
      const nothing = (): void => undefined; // the chunk is paced and counted as a whole
      zeroFill(destination, offset, offset + chunk.length, control, { done: nothing, pace: nothing });
      return;
    }
    writeAll(destination, chunk, offset, control);
    writeBehind.wrote(offset, chunk.length);
    return;
  }
  for (const { zero, start, end } of zeroRuns(chunk, offset)) {
    if (zero) continue;
    writeAll(destination, chunk.subarray(start, end), offset + start, control);
    writeBehind.wrote(offset + start, end - start);
  }
}

/** Comes only while bytes come: how many there will be was not known before. */
function tooSmall({ side, path, size }: Endpoint, control: TaskControl): DataMoverError {
  return new DataMoverError('NO_SPACE', `${side} ${path} ends at byte ${size}, and the pipe gives more`, {
    side,
    path,
    offset: size,
    doneBytes: control.doneBytes,
  });
}

function broken(why: string, { doneBytes }: TaskControl): DataMoverError {
  return new DataMoverError('STREAM_BROKEN', `the pipe is not what it should be: ${why}`, { doneBytes });
}
