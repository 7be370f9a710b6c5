import { writeSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { attemptIo } from '../ioError.ts';
import { zeroRange } from '../libc/fallocate.ts';
import { isUnsupported } from '../libc/library.ts';
import { startWriteback } from '../libc/syncFileRange.ts';
import { Pacer } from '../pacer.ts';
import type { IoSession } from '../throttle/ioSession.ts';

const LEAST = 4 * 1024 * 1024;
const MOST = 1024 * 1024 * 1024;
/** A multiple of every logical block size: ZERO_RANGE on a block device takes whole blocks only. */
const ALIGNMENT = 4096;
const zeros = Buffer.alloc(1024 * 1024);

/** Writes all of a buffer and has the kernel begin with its write-back, so that the final fsync finds little left. */
export function writeBytes(
  destination: Endpoint,
  buffer: Buffer,
  offset: number,
  control: TaskControl,
  session?: IoSession,
): void {
  for (let written = 0; written < buffer.length; ) {
    const at = offset + written;
    const left = buffer.length - written;
    const bytes =
      session === undefined ? left : session.throttle.piece(Math.min(left, session.blockSize ?? left));
    session?.throttle.pace(bytes);
    written += attemptIo(destination, at, control, () =>
      writeSync(destination.fd, buffer, written, bytes, at),
    );
  }
  attemptIo(destination, offset, control, () => {
    try {
      startWriteback(destination.fd, offset, buffer.length);
    } catch (error) {
      // A filesystem without it loses speed, nothing else: the final fsync is what counts.
      if (!isUnsupported(error)) throw error;
    }
  });
}

/** Makes a range read as zero: by ZERO_RANGE where it works, by writing zeros elsewhere. */
export function writeZeros(
  destination: Endpoint,
  offset: number,
  length: number,
  control: TaskControl,
  session: IoSession,
): void {
  const end = offset + length;
  const firstAligned = Math.min(Math.ceil(offset / ALIGNMENT) * ALIGNMENT, end);
  const lastAligned = Math.max(end - (end % ALIGNMENT), firstAligned);
  plainZeros(destination, offset, firstAligned, control, session);
  plainZeros(destination, zeroRanges(destination, firstAligned, lastAligned, control), end, control, session);
}

/** @returns where it stopped because the kernel cannot */
function zeroRanges(destination: Endpoint, start: number, end: number, control: TaskControl): number {
  const pacer = new Pacer(LEAST, MOST);
  let offset = start;
  while (offset < end) {
    control.throwIfCancelled();
    const bytes = Math.min(pacer.size, end - offset);
    const worked = attemptIo(destination, offset, control, () => {
      try {
        pacer.time(() => zeroRange(destination.fd, offset, bytes));
        return true;
      } catch (error) {
        if (isUnsupported(error)) return false;
        throw error;
      }
    });
    if (!worked) return offset;
    control.advance(bytes);
    offset += bytes;
  }
  return offset;
}

function plainZeros(
  destination: Endpoint,
  start: number,
  end: number,
  control: TaskControl,
  session: IoSession,
): void {
  for (let offset = start; offset < end; ) {
    control.throwIfCancelled();
    const bytes = Math.min(zeros.length, end - offset);
    writeBytes(destination, zeros.subarray(0, bytes), offset, control, session);
    control.advance(bytes);
    offset += bytes;
  }
}
