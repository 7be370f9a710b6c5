import { statfsSync } from 'node:fs';
import { attemptIo } from '../ioError.ts';
import { cloneRange } from '../libc/cloneRange.ts';
import { isUnsupported } from '../libc/library.ts';
import { type CopyJob, moved } from './job.ts';

/** Big, because each call flushes the source's dirty pages once; small enough to cancel between two. */
const CHUNK = 64 * 1024 * 1024;

/**
 * Shares as much of the range as can be shared: its whole blocks, when both files are on one filesystem that has reflinks and both
 * offsets are on a block boundary.
 *
 * @returns bytes that are done, from the start of the range; 0 where it cannot
 */
export function reflinkBlocks(job: CopyJob, length: number): number {
  const { source, destination, sourceOffset, destinationOffset, control } = job;
  if (source.filesystem === undefined || source.filesystem !== destination.filesystem) return 0;
  const block = statfsSync(`/proc/self/fd/${destination.fd}`).bsize;
  if (sourceOffset % block !== 0 || destinationOffset % block !== 0) return 0;
  const end = length - (length % block);
  let done = 0;
  while (done < end) {
    control.throwIfCancelled();
    const bytes = Math.min(CHUNK, end - done);
    const worked = attemptIo(destination, destinationOffset + done, control, () => {
      try {
        cloneRange(source.fd, sourceOffset + done, destination.fd, destinationOffset + done, bytes);
        return true;
      } catch (error) {
        if (isUnsupported(error)) return false;
        throw error;
      }
    });
    if (!worked) return done;
    moved(job, 'reflink', bytes);
    done += bytes;
  }
  return done;
}
