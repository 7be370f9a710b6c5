import { nextData, nextHole } from './libc/seek.ts';

/** A run of bytes of a file, `end` exclusive. A hole reads as zero and takes no space. */
export interface Extent {
  readonly kind: 'data' | 'hole';
  readonly start: number;
  readonly end: number;
}

/**
 * Walks `start` to `end` in order, without gap or overlap. What does not know its holes (block devices, some filesystems) is all
 * data. What lies behind the end is a hole: `requireUncut` tells one
 * that was there from one that was cut. Looks one extent ahead only: the file must not be written meanwhile.
 */
export function* extents(fd: number, start: number, end: number): Generator<Extent> {
  let position = start;
  while (position < end) {
    const data = Math.min(nextData(fd, position) ?? end, end);
    if (data > position) yield { kind: 'hole', start: position, end: data };
    if (data >= end) return;
    // A device that shrinks between the two calls ends before its data begin: the next round finds no more of them.
    const hole = Math.max(data, Math.min(nextHole(fd, data), end));
    if (hole > data) yield { kind: 'data', start: data, end: hole };
    position = hole;
  }
}
