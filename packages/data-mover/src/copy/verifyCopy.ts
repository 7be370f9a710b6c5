import { DataMoverError } from '../errors.ts';
import { extents } from '../extents.ts';
import { attemptIo } from '../ioError.ts';
import { readSome } from '../readSome.ts';
import { isAllZero } from '../zeroRuns.ts';
import type { CopyJob } from './job.ts';
import { UncachedReader } from './uncachedReader.ts';

const CHUNK = 1024 * 1024;

/**
 * Reads the whole destination range back from the disk and compares it with the source. Where both have a hole, both read as zero.
 * The destination must have been flushed.
 *
 * @throws DataMoverError VERIFY_FAILED with the place in the destination of the chunk that differs; IO_ERROR, CANCELLED
 */
export function verifyCopy(job: CopyJob): void {
  const { source, destination, sourceOffset, length, control } = job;
  const reader = new UncachedReader(destination, CHUNK, control);
  try {
    const walk = extents(source.fd, sourceOffset, sourceOffset + length);
    for (;;) {
      const next = attemptIo(source, sourceOffset, control, () => walk.next());
      if (next.done === true) return;
      const start = next.value.start - sourceOffset;
      const end = next.value.end - sourceOffset;
      if (next.value.kind === 'data') compareData(job, reader, start, end);
      else compareHole(job, reader, start, end);
    }
  } finally {
    reader.close();
  }
}

function compareData(job: CopyJob, reader: UncachedReader, start: number, end: number): void {
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, end - start));
  for (let position = start; position < end; ) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, end - position));
    job.control.throwIfCancelled();
    job.session.throttle.pace(wanted.length);
    const bytes = readSome(job.source, wanted, job.sourceOffset + position, job.control);
    const there = reader.read(job.destinationOffset + position, bytes);
    if (!there.equals(wanted.subarray(0, bytes))) throw different(job, position);
    position += bytes;
  }
}

function compareHole(job: CopyJob, reader: UncachedReader, start: number, end: number): void {
  const { destination, destinationOffset, control, session } = job;
  const walk = extents(destination.fd, destinationOffset + start, destinationOffset + end);
  for (;;) {
    const next = attemptIo(destination, destinationOffset, control, () => walk.next());
    if (next.done === true) return;
    if (next.value.kind === 'hole') continue;
    for (let offset = next.value.start; offset < next.value.end; offset += CHUNK) {
      control.throwIfCancelled();
      const bytes = Math.min(CHUNK, next.value.end - offset);
      session.throttle.pace(bytes);
      if (!isAllZero(reader.read(offset, bytes))) throw different(job, offset - destinationOffset);
    }
  }
}

function different({ destination, destinationOffset, control }: CopyJob, position: number): DataMoverError {
  const { side, path } = destination;
  const offset = destinationOffset + position;
  return new DataMoverError('VERIFY_FAILED', `${side} ${path} reads back different from byte ${offset} on`, {
    side,
    path,
    offset,
    doneBytes: control.doneBytes,
  });
}
