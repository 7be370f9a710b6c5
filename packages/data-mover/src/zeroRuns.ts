/** A run of a buffer's bytes, `end` exclusive, that are all zero, or not worth leaving out. */
export interface Run {
  readonly zero: boolean;
  readonly start: number;
  readonly end: number;
}

/** Zeros are found in blocks of this many bytes: smaller ones would tear files into fragments for little. */
const GRAIN = 32 * 1024;
const zeros = Buffer.alloc(GRAIN);

/**
 * Divides a buffer into runs of zeros and of data, on multiples of 32 KiB of the place where it is going.
 *
 * @param place offset of the buffer's first byte at its destination
 */
export function* zeroRuns(buffer: Buffer, place: number): Generator<Run> {
  let start = 0;
  while (start < buffer.length) {
    const zero = isZero(buffer, start, blockEnd(buffer, place, start));
    let end = blockEnd(buffer, place, start);
    while (end < buffer.length && isZero(buffer, end, blockEnd(buffer, place, end)) === zero)
      end = blockEnd(buffer, place, end);
    yield { zero, start, end };
    start = end;
  }
}

/** Whether a buffer is all zeros. */
export function isAllZero(buffer: Buffer): boolean {
  for (let start = 0; start < buffer.length; start += GRAIN)
    if (!isZero(buffer, start, Math.min(start + GRAIN, buffer.length))) return false;
  return true;
}

function blockEnd(buffer: Buffer, place: number, start: number): number {
  return Math.min(start + GRAIN - ((place + start) % GRAIN), buffer.length);
}

/** Both ends are looked at first: data is rarely zero there, and asking memcmp(3) costs more. */
function isZero(buffer: Buffer, start: number, end: number): boolean {
  return (
    buffer[start] === 0 && buffer[end - 1] === 0 && buffer.compare(zeros, 0, end - start, start, end) === 0
  );
}
