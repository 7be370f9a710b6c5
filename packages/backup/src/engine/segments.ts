import type { LocationList } from '@scoria/data-mover';
import { type Manifest, segmentRange } from '../format/manifest.ts';
import { segmentName } from '../format/names.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import { readSegment } from '../format/segment.ts';
import type { BackupContext } from './context.ts';

/**
 * The blocks of one segment of a backup; undefined when all of them are zero.
 *
 * @throws BackupError OBJECT_MISSING, CORRUPT, FORMAT_UNKNOWN, MANIFEST_FORGED
 */
export async function loadSegment(
  { repository, keys }: BackupContext,
  manifest: Manifest,
  segment: number,
  packs: PackNumbers,
  signal: AbortSignal | undefined,
): Promise<LocationList | undefined> {
  const ref = manifest.segments[segment];
  if (ref === null || ref === undefined) return undefined;
  const { volumeId } = manifest;
  const object = await repository.get(segmentName(volumeId, ref), undefined, signal);
  return readSegment(object, { volumeId, ref, blocks: segmentRange(manifest, segment).blocks }, packs, keys);
}
