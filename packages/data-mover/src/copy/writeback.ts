import { attemptIo } from '../ioError.ts';
import { isUnsupported } from '../libc/library.ts';
import { startWriteback } from '../libc/syncFileRange.ts';
import type { CopyJob } from './job.ts';

/** Has the kernel begin to write a finished piece, so that the disk works while the next piece is read. */
export function beginWriteback(job: CopyJob, position: number, bytes: number): void {
  const offset = job.destinationOffset + position;
  attemptIo(job.destination, offset, job.control, () => {
    try {
      startWriteback(job.destination.fd, offset, bytes);
    } catch (error) {
      // A filesystem without it loses speed, nothing else: the final fsync is what counts.
      if (!isUnsupported(error)) throw error;
    }
  });
}
