import { readSync } from 'node:fs';
import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { DataMoverError } from './errors.ts';
import { attemptIo } from './ioError.ts';

/**
 * Reads at least one byte at `offset`, up to the whole buffer.
 *
 * @returns bytes read
 * @throws DataMoverError IO_ERROR, and SOURCE_CHANGED at the end of the file: its size was checked before
 */
export function readSome(endpoint: Endpoint, buffer: Buffer, offset: number, control: TaskControl): number {
  const { side, path, fd } = endpoint;
  const bytes = attemptIo(endpoint, offset, control, () => readSync(fd, buffer, 0, buffer.length, offset));
  if (bytes > 0) return bytes;
  throw new DataMoverError('SOURCE_CHANGED', `${side} ${path} ended at byte ${offset} while it was read`, {
    side,
    path,
    offset,
    doneBytes: control.doneBytes,
  });
}
