import { UncachedReader } from '../copy/uncachedReader.ts';
import { isAllZero } from '../zeroRuns.ts';
import type { WipeJob } from './job.ts';
import { writeAlignment } from './rungs.ts';

/** One random block of each of so many equal parts is looked at. */
const STRATA = 64;

/** What the samples showed. */
export interface Sampling {
  readonly bytes: number;
  /** The first byte seen that is not zero; undefined when all are. */
  readonly notZero: number | undefined;
}

/**
 * Reads samples of a wiped range, past the page cache: its ends, both sides of the seams, and random blocks spread over all of it.
 * Everything must be flushed before.
 */
export function sample(job: WipeJob): Sampling {
  const { target, first, last, control } = job;
  if (first === last) return { bytes: 0, notZero: undefined };
  const block = writeAlignment(target);
  const reader = new UncachedReader(target, block, control);
  let bytes = 0;
  try {
    for (const number of blockNumbers(job, block)) {
      control.throwIfCancelled();
      const start = Math.max(number * block, first);
      const content = reader.read(start, Math.min((number + 1) * block, last) - start);
      bytes += content.length;
      if (!isAllZero(content)) return { bytes, notZero: start + content.findIndex((byte) => byte !== 0) };
    }
    return { bytes, notZero: undefined };
  } finally {
    reader.close();
  }
}

function blockNumbers({ first, last, seams }: WipeJob, block: number): number[] {
  const positions = [first, last - 1];
  for (const seam of seams) positions.push(seam - 1, seam);
  const stratum = (last - first) / STRATA;
  for (let index = 0; index < STRATA; index += 1)
    positions.push(Math.floor(first + (index + Math.random()) * stratum));
  const inside = positions.filter((position) => position >= first && position < last);
  return [...new Set(inside.map((position) => Math.floor(position / block)))].sort((a, b) => a - b);
}
