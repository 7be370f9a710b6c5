import type { Hash } from 'node:crypto';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { extents } from '../extents.ts';
import { attemptIo } from '../ioError.ts';
import { readSome } from '../readSome.ts';

const CHUNK = 1024 * 1024;
const zeros = Buffer.alloc(CHUNK);

/** Adds a range of a file to a digest; its holes as the zeros they read as, without reading them. @throws DataMoverError */
export function hashRange(
  hash: Hash,
  endpoint: Endpoint,
  start: number,
  end: number,
  control: TaskControl,
): void {
  if (start >= end) return;
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, end - start));
  const walk = extents(endpoint.fd, start, end);
  for (;;) {
    const next = attemptIo(endpoint, start, control, () => walk.next());
    if (next.done === true) return;
    const extent = next.value;
    if (extent.kind === 'hole') hashZeros(hash, extent.end - extent.start, control);
    else
      for (let offset = extent.start; offset < extent.end; ) {
        control.throwIfCancelled();
        const wanted = buffer.subarray(0, Math.min(buffer.length, extent.end - offset));
        const bytes = readSome(endpoint, wanted, offset, control);
        hash.update(wanted.subarray(0, bytes));
        offset += bytes;
      }
  }
}

/** Adds `length` zeros to a digest. @throws DataMoverError CANCELLED */
export function hashZeros(hash: Hash, length: number, control: TaskControl): void {
  for (let left = length; left > 0; left -= CHUNK) {
    control.throwIfCancelled();
    hash.update(zeros.subarray(0, Math.min(CHUNK, left)));
  }
}
