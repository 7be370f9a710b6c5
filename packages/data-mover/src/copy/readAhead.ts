import { fadvise } from '../libc/fadvise.ts';
import { ErrnoError } from '../libc/library.ts';
import { readahead } from '../libc/readahead.ts';
import type { CopyJob } from './job.ts';

/** Has the kernel begin to read `start` to `end`, so that the disk reads while earlier bytes are written. */
export function readAhead(job: CopyJob, start: number, end: number): void {
  if (start < end) hint(() => readahead(job.source.fd, job.sourceOffset + start, end - start));
}

/** Takes `start` to `end` of the source out of the page cache. */
export function dropBehind(job: CopyJob, start: number, end: number): void {
  hint(() => fadvise(job.source.fd, job.sourceOffset + start, end - start, 'dontneed'));
}

/** Advice only: a file that cannot take it is as right without, and a disk's error shows when the bytes are read. */
function hint(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (!(error instanceof ErrnoError) || error.errno === 'EBADF') throw error;
  }
}
