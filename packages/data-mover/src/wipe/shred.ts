import { randomFillSync } from 'node:crypto';
import { flush } from '../flush.ts';
import type { WipeJob } from './job.ts';

/** As Cinder's `shred -n3`. */
const PASSES = 3;
/** All passes go over one window before the next: what is done stays done when it is interrupted. */
const WINDOW = 64 * 1024 * 1024;

/** Overwrites `start` to `end` with random bytes, three times, then with zeros; each pass is on the medium before the next begins. */
export async function shredArea(job: WipeJob, start: number, end: number): Promise<void> {
  for (let first = start; first < end; first += WINDOW) {
    const last = Math.min(first + WINDOW, end);
    for (let pass = 0; pass < PASSES; pass += 1) {
      for (let position = first; position < last; )
        position += job.writer.writeSome(position, last, (buffer) => randomFillSync(buffer));
      // Without it the passes would meet in a cache, and only the last one reach the medium.
      await flush(job.target, job.control);
    }
    job.writer.clear();
    for (let position = first; position < last; ) {
      const bytes = job.writer.writeSome(position, last);
      await job.done('shred', position, position + bytes);
      position += bytes;
    }
  }
}
