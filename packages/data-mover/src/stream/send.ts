import type { TaskControl } from '../control.ts';
import { type Endpoint, openEndpoint, requireRange } from '../endpoint.ts';
import { extents } from '../extents.ts';
import { attemptIo } from '../ioError.ts';
import { readSome } from '../readSome.ts';
import { requireUncut } from '../requireUncut.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';
import { checkSendRequest } from './checkRequest.ts';
import { StreamHashes } from './hashes.ts';
import { PipeEnd } from './pipeEnd.ts';
import type { SendRequest, StreamResult } from './request.ts';

const CHUNK = 1024 * 1024;
const zeros = Buffer.alloc(CHUNK);

/** One range on its way into a pipe. */
interface Flow {
  readonly source: Endpoint;
  readonly pipe: PipeEnd;
  readonly hashes: StreamHashes;
  readonly session: IoSession;
  readonly control: TaskControl;
}

/**
 * Writes exactly `length` bytes of a file or block device into a pipe, in this thread. Holes are sent as the zeros they read as,
 * without reading them. The reader sees the end only when the caller closes its descriptor.
 *
 * @throws DataMoverError STREAM_BROKEN when nobody reads any more (no SIGPIPE), SOURCE_TOO_SMALL, SOURCE_CHANGED; and as copyRange
 */
export async function send(request: SendRequest, control: TaskControl): Promise<StreamResult> {
  checkSendRequest(request);
  control.begin();
  const { length } = request;
  const { path, identity, offset = 0 } = request.source;
  const source = openEndpoint('source', path, identity);
  try {
    requireRange(source, offset, length);
    const pipe = PipeEnd.open(request.fd, 'write', control);
    try {
      return await withIoOptions(request.io, [source], control, async (session) => {
        const flow: Flow = { source, pipe, hashes: new StreamHashes(request.hashes), session, control };
        sendRange(flow, offset, offset + length);
        requireUncut(source, offset + length, control);
        return { bytes: length, digests: flow.hashes.digests() };
      });
    } finally {
      pipe.close();
    }
  } finally {
    source.close();
  }
}

function sendRange(flow: Flow, start: number, end: number): void {
  const { source, control, session } = flow;
  const piece = session.throttle.piece(session.blockSize ?? CHUNK);
  const buffer = Buffer.allocUnsafeSlow(piece);
  const walk = extents(source.fd, start, end);
  for (;;) {
    const next = attemptIo(source, start, control, () => walk.next());
    if (next.done === true) return;
    const { kind, end: last } = next.value;
    for (let position = next.value.start; position < last; ) {
      control.throwIfCancelled();
      const wanted = Math.min(piece, last - position);
      session.throttle.pace(wanted);
      const bytes =
        kind === 'hole' ? wanted : readSome(source, buffer.subarray(0, wanted), position, control);
      sendBytes(flow, kind === 'hole' ? zeros : buffer, bytes);
      position += bytes;
    }
  }
}

/** `memory` may be shorter than `bytes` when it is all zeros. */
function sendBytes({ pipe, hashes, control }: Flow, memory: Buffer, bytes: number): void {
  for (let left = bytes; left > 0; ) {
    const chunk = memory.subarray(0, Math.min(left, memory.length));
    hashes.update(chunk);
    pipe.write(chunk);
    control.advance(chunk.length);
    left -= chunk.length;
  }
}
