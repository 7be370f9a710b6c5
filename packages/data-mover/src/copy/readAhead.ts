import { fadvise } from '../libc/fadvise.ts';
import { ErrnoError } from '../libc/library.ts';
import { readahead } from '../libc/readahead.ts';
import { nextData, nextHole } from '../libc/seek.ts';
import type { CopyJob } from './job.ts';

/** Of one call the kernel reads no more than its own read-ahead or one request is long, and forgets the rest. */
const PIECE = 1024 * 1024;
/** Extents looked up ahead: of a file in crumbs, the rest is read when it is needed. */
const MOST_EXTENTS = 32;

/** Has the kernel begin to read the next `most` bytes of data between `start` and `end`, so that the disk reads while earlier bytes are written. */
export function readAhead(job: CopyJob, start: number, end: number, most: number): void {
  const { source, sourceOffset } = job;
  hint(() => {
    let left = most;
    let position = start;
    for (let extent = 0; extent < MOST_EXTENTS && left > 0; extent += 1) {
      const data = nextData(source.fd, sourceOffset + position);
      if (data === null || data >= sourceOffset + end) return;
      const hole = nextHole(source.fd, data);
      const bytes = Math.min(hole - data, left, sourceOffset + end - data);
      for (let ahead = 0; ahead < bytes; ahead += PIECE)
        readahead(source.fd, data + ahead, Math.min(PIECE, bytes - ahead));
      left -= bytes;
      position = data - sourceOffset + bytes;
    }
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
