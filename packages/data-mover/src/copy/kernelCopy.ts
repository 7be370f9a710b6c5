import { errnoOf, ioError } from '../ioError.ts';
import { copyFileRange } from '../libc/copyFileRange.ts';
import { isUnsupported } from '../libc/library.ts';
import { Pacer } from '../pacer.ts';
import { account, type CopyJob } from './job.ts';

const LEAST = 1024 * 1024;
const MOST = 8 * 1024 * 1024;

/**
 * Copies `start` to `end` inside the kernel, as far as it will.
 *
 * @returns where it stopped; before `end` the caller goes on by read and write, which also tells which side an error is on
 */
export function kernelCopy(job: CopyJob, start: number, end: number): number {
  if (!job.kernelCopyWorks) return start;
  const { blockSize, throttle } = job.session;
  const pacer = new Pacer(LEAST, MOST);
  let position = start;
  while (position < end) {
    job.control.throwIfCancelled();
    const wanted = Math.min(throttle.piece(blockSize ?? pacer.size), end - position);
    throttle.pace(wanted);
    const bytes = pacer.time(() => copyChunk(job, position, wanted));
    if (bytes === 0) break;
    account(job, 'copy_file_range', bytes);
    job.writeBehind.wrote(job.destinationOffset + position, bytes);
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
