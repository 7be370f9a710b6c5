import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { attemptIo } from './ioError.ts';
import { zeroRange } from './libc/fallocate.ts';
import { isUnsupported } from './libc/library.ts';
import { Pacer } from './pacer.ts';
import { writeAll } from './writeAll.ts';

const LEAST = 4 * 1024 * 1024;
const MOST = 1024 * 1024 * 1024;
/** A multiple of every logical block size: ZERO_RANGE on a block device takes whole blocks only. */
const ALIGNMENT = 4096;
const zeros = Buffer.alloc(1024 * 1024);

/** What a {@link zeroFill} tells, and asks. */
export interface ZeroFillHooks {
  /** Told how many bytes more are zero. */
  readonly done: (bytes: number) => void;
  /** Called before so many bytes are written; not before ZERO_RANGE, which moves none. */
  readonly pace: (bytes: number) => void;
}

/**
 * Makes `first` to `last` of the destination read as zero: by ZERO_RANGE where it works, by writing zeros elsewhere.
 *
 * @throws DataMoverError NO_SPACE, IO_ERROR, CANCELLED
 */
export function zeroFill(
  destination: Endpoint,
  first: number,
  last: number,
  control: TaskControl,
  { done, pace }: ZeroFillHooks,
): void {
  const alignedFirst = Math.min(Math.ceil(first / ALIGNMENT) * ALIGNMENT, last);
  const alignedLast = Math.max(last - (last % ALIGNMENT), alignedFirst);
  const writeZeros = (from: number, to: number): void => {
    for (let offset = from; offset < to; ) {
      control.throwIfCancelled();
      const bytes = Math.min(zeros.length, to - offset);
      pace(bytes);
      writeAll(destination, zeros.subarray(0, bytes), offset, control);
      done(bytes);
      offset += bytes;
    }
  };
  writeZeros(first, alignedFirst);
  writeZeros(zeroBlocks(destination, alignedFirst, alignedLast, control, done), last);
}

/** @returns where it stopped. */
function zeroBlocks(
  destination: Endpoint,
  first: number,
  last: number,
  control: TaskControl,
  done: (bytes: number) => void,
): number {
  const pacer = new Pacer(LEAST, MOST);
  let offset = first;
  while (offset < last) {
    control.throwIfCancelled();
    const bytes = Math.min(pacer.size, last - offset);
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
    done(bytes);
    offset += bytes;
  }
  return offset;
}
