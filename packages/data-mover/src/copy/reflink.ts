import { statfsSync } from 'node:fs';
import { attemptIo } from '../ioError.ts';
import { cloneRange } from '../libc/cloneRange.ts';
import { isUnsupported } from '../libc/library.ts';
import { Pacer } from '../pacer.ts';
import { account, type CopyJob } from './job.ts';

/** Big, because each call flushes the source's dirty pages once and is a transaction of its own; small enough to cancel between two. */
const LEAST = 64 * 1024 * 1024;
const MOST = 1024 * 1024 * 1024;

/**
 * Shares as much of the range as can be shared: its whole blocks, when both files are on one filesystem that has reflinks and both
 * offsets are on a block boundary.
 *
 * @param from bytes that are done already, from the start of the range
 * @returns bytes that are done now
 */
export function reflinkBlocks(job: CopyJob, from: number): number {
  const { source, destination, sourceOffset, destinationOffset, control, length } = job;
  if (source.filesystem === undefined || source.filesystem !== destination.filesystem) return from;
  const block = attemptIo(
    destination,
    destinationOffset,
    control,
    () => statfsSync(`/proc/self/fd/${destination.fd}`).bsize,
  );
  if ((sourceOffset + from) % block !== 0 || (destinationOffset + from) % block !== 0) return from;
  const end = length - ((length - from) % block);
  const pacer = new Pacer(LEAST, MOST);
  let done = from;
  while (done < end) {
    control.throwIfCancelled();
    const bytes = Math.min(pacer.size, end - done);
    const worked = attemptIo(destination, destinationOffset + done, control, () => {
      try {
        pacer.time(() =>
          cloneRange(source.fd, sourceOffset + done, destination.fd, destinationOffset + done, bytes),
        );
        return true;
      } catch (error) {
        if (isUnsupported(error)) return false;
        throw error;
      }
    });
    if (!worked) return done;
    account(job, 'reflink', bytes);
    done += bytes;
  }
  return done;
}
