import { type ByteRange, LocationList } from '@scoria/data-mover';
import type { Manifest } from '../format/manifest.ts';

/** Blocks that are in one pack, in the order in which they are there. */
export interface PackBlocks {
  readonly pack: number;
  /** Numbers of the blocks in the volume. */
  readonly indexes: Uint32Array;
  readonly locations: LocationList;
}

/** Sorts blocks by pack: each pack is then read once, from front to back. @param firstIndex number of the first block in the volume */
export function sortByPack(window: LocationList, firstIndex: number): PackBlocks[] {
  const byPack = new Map<number, number[]>();
  for (let index = 0; index < window.count; index += 1) {
    if (window.isZero(index)) continue;
    const pack = window.pack(index);
    const indexes = byPack.get(pack);
    if (indexes === undefined) byPack.set(pack, [index]);
    else indexes.push(index);
  }
  return [...byPack].map(([pack, indexes]) => {
    indexes.sort((a, b) => window.offset(a) - window.offset(b));
    const locations = LocationList.zeros(indexes.length);
    for (const [at, index] of indexes.entries()) locations.copy(at, window, index);
    return { pack, indexes: Uint32Array.from(indexes, (index) => index + firstIndex), locations };
  });
}

/** The runs of zero blocks of a window that begins at byte `start` of the volume. */
export function zeroExtents(
  window: LocationList,
  start: number,
  { blockSize, sizeBytes }: Pick<Manifest, 'blockSize' | 'sizeBytes'>,
): ByteRange[] {
  const runs: ByteRange[] = [];
  for (let index = 0; index < window.count; ) {
    let next = index;
    while (next < window.count && window.isZero(next)) next += 1;
    if (next > index) {
      const offset = start + index * blockSize;
      runs.push({ offset, length: Math.min(start + next * blockSize, sizeBytes) - offset });
    }
    index = Math.max(next, index + 1);
  }
  return runs;
}
