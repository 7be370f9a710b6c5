import { createHash } from 'node:crypto';
import type { TaskControl } from '../control.ts';
import { hashZeros } from '../copy/hashRange.ts';
import { checkBytes, checkPath } from '../copy/request.ts';
import { type Endpoint, openEndpoint, requireRange } from '../endpoint.ts';
import type { Identity } from '../identity/identity.ts';
import { checkIoOptions, type IoOptions } from '../ioOptions.ts';
import { RangeReader } from '../rangeReader.ts';
import { type IoSession, withIoOptions } from '../throttle/ioSession.ts';

/** A range to digest. */
export interface DigestRequest {
  /** Absolute path of an existing regular file or block device. */
  readonly path: string;
  /** What it must prove to be; absent: whatever it is. */
  readonly identity?: Identity;
  /** First byte. Default 0. */
  readonly offset?: number;
  /** In bytes. Default: to the end. */
  readonly length?: number;
  readonly io?: IoOptions;
}

/** What was digested. */
export interface DigestResult {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * SHA-256 of a byte range, in this thread. Holes are hashed as the zeros they read as, without reading them.
 *
 * @throws DataMoverError as `copyRange`; the side is 'source'
 */
export async function digestRange(request: DigestRequest, control: TaskControl): Promise<DigestResult> {
  checkPath('source', request.path);
  const offset = checkBytes('offset', request.offset ?? 0);
  if (request.length !== undefined)
    checkBytes('offset + length', offset + checkBytes('length', request.length));
  checkIoOptions(request.io);
  control.begin();
  const source = openEndpoint('source', request.path, request.identity);
  try {
    const length = request.length ?? Math.max(0, source.size - offset);
    requireRange(source, offset, length);
    return await withIoOptions(request.io, [source], control, async (session) => ({
      sha256: digest(source, offset, length, session, control),
      bytes: length,
    }));
  } finally {
    source.close();
  }
}

function digest(
  source: Endpoint,
  offset: number,
  length: number,
  session: IoSession,
  control: TaskControl,
): string {
  const { throttle } = session;
  const hash = createHash('sha256');
  const reader = new RangeReader(source, offset, session, control);
  for (const { kind, start, end } of reader.extents(length)) {
    if (kind === 'hole') {
      hashZeros(hash, end - start, control);
      control.advance(end - start);
      continue;
    }
    for (let position = start; position < end; ) {
      control.throwIfCancelled();
      const bytes = throttle.piece(Math.min(reader.blockSize, end - position));
      throttle.pace(bytes);
      reader.expect(position, position + bytes, end);
      hash.update(reader.read(position, bytes));
      control.advance(bytes);
      position += bytes;
    }
  }
  return hash.digest('hex');
}
