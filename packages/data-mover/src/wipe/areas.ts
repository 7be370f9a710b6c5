import type { Endpoint } from '../endpoint.ts';
import { type Extent, extents } from '../extents.ts';
import { mappedExtents } from '../libc/fiemap.ts';
import type { Backing } from './backing.ts';

/**
 * What of a range has to be wiped ('data') and what has nothing to wipe ('hole'), in order, without gap. Holes are believed only of
 * files on filesystems of this kernel: some exports tell of holes that are none.
 *
 * @param overwrite whether also blocks count that were allocated and never written: after a ZERO_RANGE they hold the old bytes
 */
export function areas(
  target: Endpoint,
  backing: Backing,
  first: number,
  last: number,
  overwrite: boolean,
): Iterable<Extent> {
  const filesystem = target.kind === 'file' && backing.kind === 'file' ? backing.filesystem : 'other';
  switch (filesystem) {
    case 'ext':
    case 'xfs':
      return overwrite ? blocks(target.fd, first, last) : extents(target.fd, first, last);
    case 'btrfs':
    case 'tmpfs':
      return extents(target.fd, first, last);
    case 'fuse':
    case 'other':
      return [{ kind: 'data', start: first, end: last }];
  }
}

function* blocks(fd: number, first: number, last: number): Generator<Extent> {
  let position = first;
  for (const { start, end } of mappedExtents(fd, first, last)) {
    if (start > position) yield { kind: 'hole', start: position, end: start };
    yield { kind: 'data', start, end };
    position = end;
  }
  if (position < last) yield { kind: 'hole', start: position, end: last };
}
