import { fadvise } from '../libc/fadvise.ts';
import { ErrnoError } from '../libc/library.ts';
import { readahead } from '../libc/readahead.ts';
import { nextHole } from '../libc/seek.ts';
import type { CopyJob } from './job.ts';

/** Has the kernel begin to read `start` to `end`, so that the disk reads while earlier bytes are written. */
export function readAhead(job: CopyJob, start: number, end: number): void {
  if (start < end) hint(() => readahead(job.source.fd, job.sourceOffset + start, end - start));
}

/** The same for data that goes on behind a unit, up to `most` bytes of it: the next unit finds its beginning read. */
export function readAheadBehind(job: CopyJob, end: number, most: number): void {
  const { source, sourceOffset, length } = job;
  hint(() => {
    const hole = nextHole(source.fd, sourceOffset + end) - sourceOffset;
    readAhead(job, end, Math.min(hole, end + most, length));
  });
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
