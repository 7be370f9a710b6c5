import { BlockTable, type LocationList } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../format/manifest.ts';
import { behind, folderPrefix } from '../format/names.ts';
import { PACK_END_BYTES, PACK_HEADER_BYTES, readTrailer, trailerBytes } from '../format/pack.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import { isDamage } from './parentChain.ts';
import { loadSegment } from './segments.ts';

/** Slots at most: 48 MiB, whatever the size of the volume. What does not fit may be stored twice. */
const MOST_SLOTS = 1024 * 1024;
/** Enough for the trailer of most packs at once. */
const TAIL_BYTES = 64 * 1024;

/** A table for the blocks of a volume, with all blocks of its chain in it. */
export async function tableOfChain(
  context: BackupContext,
  volume: { readonly sizeBytes: number },
  chain: readonly Manifest[],
  packs: PackNumbers,
  signal: AbortSignal,
): Promise<BlockTable> {
  const table = BlockTable.forBlocks(
    volume.sizeBytes / context.info.blockSize + (chain[0]?.sizeBytes ?? 0) / context.info.blockSize,
    MOST_SLOTS,
  );
  const seen = new Set<string>();
  for (const manifest of chain) {
    for (const [segment, ref] of manifest.segments.entries()) {
      if (ref === null || seen.has(ref)) continue;
      seen.add(ref);
      try {
        addAll(table, await loadSegment(context, manifest, segment, packs, signal));
      } catch (error) {
        // Nothing is taken from a damaged ancestor; a damaged parent is found where it is read again.
        if (!(error instanceof BackupError && isDamage(error))) throw error;
      }
    }
  }
  return table;
}

/** A pack that an earlier run of the same backup left. */
export interface LeftoverPack {
  readonly number: number;
  readonly bytes: number;
}

/** Puts the blocks that a killed run of the same backup made durable into the table. */
export async function addLeftovers(
  { repository, keys }: BackupContext,
  place: { readonly volumeId: string; readonly backupId: string },
  table: BlockTable,
  packs: PackNumbers,
  signal: AbortSignal,
): Promise<LeftoverPack[]> {
  const all = folderPrefix(place.volumeId, 'packs');
  const leftovers: LeftoverPack[] = [];
  for await (const { name, bytes } of repository.list(`${all}${place.backupId}/`, signal)) {
    const number = packs.number(behind(all, name));
    try {
      const tailStart = Math.max(PACK_HEADER_BYTES, bytes - TAIL_BYTES);
      const tail = await repository.get(name, { offset: tailStart, length: bytes - tailStart }, signal);
      const length = trailerBytes(tail.subarray(-PACK_END_BYTES));
      if (length === undefined || length + PACK_HEADER_BYTES + PACK_END_BYTES > bytes) continue;
      const offset = bytes - PACK_END_BYTES - length;
      const trailer =
        offset >= tailStart
          ? tail.subarray(offset - tailStart, offset - tailStart + length)
          : await repository.get(name, { offset, length }, signal);
      addAll(table, readTrailer(trailer, { name, number }, keys));
      leftovers.push({ number, bytes });
    } catch (error) {
      // Not used then; removed with what else nobody needs.
      if (!(error instanceof BackupError && isDamage(error))) throw error;
    }
  }
  return leftovers;
}

function addAll(table: BlockTable, locations: LocationList | undefined): void {
  if (locations === undefined) return;
  for (let index = 0; index < locations.count; index += 1) {
    if (locations.isZero(index)) continue;
    table.add({
      hash: locations.hash(index),
      pack: locations.pack(index),
      offset: locations.offset(index),
      length: locations.length(index),
    });
  }
}
