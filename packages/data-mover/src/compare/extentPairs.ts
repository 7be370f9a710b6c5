import type { Extent } from '../extents.ts';

/** A run of both ranges where neither side changes between data and hole. Positions from the start of the range. */
export interface ExtentPair {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** Which side has data; the other reads as zero. */
  readonly data: 'both' | 'first' | 'second' | 'none';
}

/** What can tell its extents. */
interface Walkable {
  /** Its extents from the start of the range, in order, without gap. */
  extents(length: number): Iterator<Extent, unknown>;
}

/** Walks two ranges side by side, in order, without gap. */
export function* extentPairs(first: Walkable, second: Walkable, length: number): Generator<ExtentPair> {
  const walks = [first.extents(length), second.extents(length)] as const;
  let one = walks[0].next();
  let other = walks[1].next();
  let position = 0;
  while (one.done !== true && other.done !== true) {
    const end = Math.min(one.value.end, other.value.end);
    yield { start: position, end, data: kindOf(one.value, other.value) };
    position = end;
    if (one.value.end === end) one = walks[0].next();
    if (other.value.end === end) other = walks[1].next();
  }
}

function kindOf(one: Extent, other: Extent): ExtentPair['data'] {
  if (one.kind === 'data') return other.kind === 'data' ? 'both' : 'first';
  return other.kind === 'data' ? 'second' : 'none';
}
