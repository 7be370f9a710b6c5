import { attemptIo } from '../ioError.ts';
import { zeroRange } from '../libc/fallocate.ts';
import { isUnsupported } from '../libc/library.ts';
import { Pacer } from '../pacer.ts';
import type { CopyJob } from './job.ts';
import { writeAll } from './readWriteCopy.ts';

const LEAST = 4 * 1024 * 1024;
const MOST = 1024 * 1024 * 1024;
/** A multiple of every logical block size: ZERO_RANGE on a block device takes whole blocks only. */
const ALIGNMENT = 4096;
const zeros = Buffer.alloc(1024 * 1024);

/** Makes `start` to `end` of the destination read as zero: by ZERO_RANGE where it works, by writing zeros elsewhere. */
export function zeroFill(job: CopyJob, start: number, end: number): void {
  const first = job.destinationOffset + start;
  const last = job.destinationOffset + end;
  const alignedFirst = Math.min(Math.ceil(first / ALIGNMENT) * ALIGNMENT, last);
  const alignedLast = Math.max(last - (last % ALIGNMENT), alignedFirst);
  writeZeros(job, first, alignedFirst);
  writeZeros(job, zeroBlocks(job, alignedFirst, alignedLast), last);
}

/** @returns where it stopped. */
function zeroBlocks(job: CopyJob, first: number, last: number): number {
  const { destination, control } = job;
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
    control.advance(bytes);
    offset += bytes;
  }
  return offset;
}

function writeZeros(job: CopyJob, first: number, last: number): void {
  let offset = first;
  while (offset < last) {
    job.control.throwIfCancelled();
    const bytes = Math.min(zeros.length, last - offset);
    writeAll(job.destination, zeros.subarray(0, bytes), offset, job.control);
    job.control.advance(bytes);
    offset += bytes;
  }
}
