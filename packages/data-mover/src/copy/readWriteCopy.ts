import { readSync, writeSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { attemptIo } from '../ioError.ts';
import { type CopyJob, moved } from './job.ts';
import { beginWriteback } from './writeback.ts';

const CHUNK = 1024 * 1024;

/** Copies `start` to `end` through a buffer: works between any two files or devices. */
export function readWriteCopy(job: CopyJob, start: number, end: number): void {
  if (start >= end) return;
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, end - start));
  let position = start;
  while (position < end) {
    job.control.throwIfCancelled();
    const bytes = readSome(job, buffer, position, Math.min(buffer.length, end - position));
    writeAll(job.destination, buffer.subarray(0, bytes), job.destinationOffset + position, job.control);
    moved(job, 'read-write', bytes);
    beginWriteback(job, position, bytes);
    position += bytes;
  }
}

function readSome(job: CopyJob, buffer: Buffer, position: number, length: number): number {
  const { source, control } = job;
  const offset = job.sourceOffset + position;
  const bytes = attemptIo(source, offset, control, () => readSync(source.fd, buffer, 0, length, offset));
  if (bytes > 0) return bytes;
  throw new DataMoverError(
    'SOURCE_CHANGED',
    `source ${source.path} ended at byte ${offset} while it was copied`,
    {
      side: 'source',
      path: source.path,
      offset,
      doneBytes: control.doneBytes,
    },
  );
}

/** Writes the whole buffer (write(2) may write less). */
export function writeAll(destination: Endpoint, buffer: Buffer, offset: number, control: TaskControl): void {
  let written = 0;
  while (written < buffer.length) {
    const at = offset + written;
    written += attemptIo(destination, at, control, () =>
      writeSync(destination.fd, buffer, written, buffer.length - written, at),
    );
  }
}
