import { errnoOf, ioError } from '../ioError.ts';
import { copyFileRange } from '../libc/copyFileRange.ts';
import { isUnsupported } from '../libc/library.ts';
import { Pacer } from '../pacer.ts';
import { type CopyJob, moved } from './job.ts';
import { beginWriteback } from './writeback.ts';

const LEAST = 1024 * 1024;
const MOST = 64 * 1024 * 1024;

/**
 * Copies `start` to `end` inside the kernel, as far as it will.
 *
 * @returns where it stopped; before `end` the caller goes on by read and write, which also tells which side an error is on
 */
export function kernelCopy(job: CopyJob, start: number, end: number): number {
  if (!job.kernelCopyWorks) return start;
  const pacer = new Pacer(LEAST, MOST);
  let position = start;
  while (position < end) {
    job.control.throwIfCancelled();
    const bytes = pacer.time(() => copyChunk(job, position, Math.min(pacer.size, end - position)));
    if (bytes === 0) break;
    moved(job, 'copy_file_range', bytes);
    beginWriteback(job, position, bytes);
    position += bytes;
  }
  return position;
}

function copyChunk(job: CopyJob, position: number, length: number): number {
  const destinationOffset = job.destinationOffset + position;
  try {
    return copyFileRange(
      job.source.fd,
      job.sourceOffset + position,
      job.destination.fd,
      destinationOffset,
      length,
    );
  } catch (error) {
    if (isUnsupported(error)) job.kernelCopyWorks = false;
    else if (errnoOf(error) !== 'EIO') throw ioError(job.destination, destinationOffset, job.control, error);
    return 0;
  }
}
