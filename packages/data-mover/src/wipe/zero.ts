import { ErrnoError } from '../libc/library.ts';
import { Pacer } from '../pacer.ts';
import type { WipeJob } from './job.ts';
import type { Rung } from './rungs.ts';

const LEAST = 16 * 1024 * 1024;
const MOST = 1024 * 1024 * 1024;

/**
 * Makes `start` to `end` read as zero by the first rung that works here, and writes what none takes. A rung that fails is taken off the
 * ladder: whatever its reason, what is below it does more, not less.
 */
export async function zeroArea(job: WipeJob, ladder: Rung[], start: number, end: number): Promise<void> {
  let position = start;
  while (position < end) {
    const [rung] = ladder;
    if (rung === undefined) {
      await writeZeros(job, position, end);
      return;
    }
    const from = Math.min(Math.ceil(position / rung.alignment) * rung.alignment, end);
    const to = Math.max(end - (end % rung.alignment), from);
    await writeZeros(job, position, from);
    position = await climb(job, rung, from, to);
    if (position < to) ladder.shift();
    else {
      await writeZeros(job, to, end);
      return;
    }
  }
}

/** Writes zeros from `start` to `end`. */
export async function writeZeros(job: WipeJob, start: number, end: number): Promise<void> {
  for (let position = start; position < end; ) {
    const bytes = job.writer.writeSome(position, end);
    await job.done('write', position, position + bytes);
    position += bytes;
  }
}

/** @returns where the rung failed, or `end` */
async function climb(job: WipeJob, rung: Rung, start: number, end: number): Promise<number> {
  const pacer = new Pacer(LEAST, MOST);
  let position = start;
  while (position < end) {
    job.control.throwIfCancelled();
    const bytes = Math.min(pacer.size, end - position);
    try {
      pacer.time(() => rung.run(job.target.fd, position, bytes));
    } catch (error) {
      if (error instanceof ErrnoError) return position;
      throw error;
    }
    await job.done(rung.method, position, position + bytes);
    position += bytes;
  }
  return position;
}
