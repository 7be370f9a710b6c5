import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import { checkBytes, checkPath } from '../copy/request.ts';
import { type Endpoint, openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { extents } from '../extents.ts';
import type { Identity } from '../identity/identity.ts';
import { attemptIo } from '../ioError.ts';

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
}

/** What was digested. */
export interface DigestResult {
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

const CHUNK = 1024 * 1024;
const zeros = Buffer.alloc(CHUNK);

/**
 * SHA-256 of a byte range, in this thread. Holes are hashed as the zeros they read as, without reading them.
 *
 * @throws DataMoverError as `copyRange`; the side is 'source'
 */
export async function digestRange(request: DigestRequest, control: TaskControl): Promise<DigestResult> {
  checkPath('source', request.path);
  const offset = checkBytes('offset', request.offset ?? 0);
  if (request.length !== undefined) checkBytes('length', request.length);
  control.begin();
  const source = openEndpoint('source', request.path, request.identity);
  try {
    const end = offset + (request.length ?? Math.max(0, source.size - offset));
    if (end > source.size) {
      throw new DataMoverError(
        'SOURCE_TOO_SMALL',
        `source ${source.path} has ${source.size} bytes, fewer than ${end}`,
        {
          side: 'source',
          path: source.path,
        },
      );
    }
    const hash = createHash('sha256');
    for (const extent of extents(source.fd, offset, end)) {
      if (extent.kind === 'data') hashData(source, hash, extent.start, extent.end, control);
      else hashZeros(hash, extent.end - extent.start, control);
    }
    return { sha256: hash.digest('hex'), bytes: end - offset };
  } finally {
    source.close();
  }
}

function hashData(source: Endpoint, hash: Hash, start: number, end: number, control: TaskControl): void {
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, end - start));
  for (let offset = start; offset < end; ) {
    control.throwIfCancelled();
    const wanted = Math.min(buffer.length, end - offset);
    const bytes = attemptIo(source, offset, control, () => readSync(source.fd, buffer, 0, wanted, offset));
    if (bytes === 0) {
      throw new DataMoverError(
        'SOURCE_CHANGED',
        `source ${source.path} ended at byte ${offset} while it was read`,
        {
          side: 'source',
          path: source.path,
          offset,
        },
      );
    }
    hash.update(buffer.subarray(0, bytes));
    control.advance(bytes);
    offset += bytes;
  }
}

function hashZeros(hash: Hash, length: number, control: TaskControl): void {
  for (let left = length; left > 0; ) {
    control.throwIfCancelled();
    const bytes = Math.min(zeros.length, left);
    hash.update(zeros.subarray(0, bytes));
    control.advance(bytes);
    left -= bytes;
  }
}
