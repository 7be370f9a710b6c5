import { LocationList } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import { segmentRange } from '../format/manifest.ts';
import { moverFailure } from './moverFailure.ts';
import type { RestoreRun } from './restoreWindow.ts';
import { loadSegment } from './segments.ts';
import { Lane } from './taskGroup.ts';

const TASK_BLOCKS = 256;

/** Reads a restored volume and compares all of it with the backup's hashes. @throws BackupError DEVICE_FAILED when it reads as something else */
export async function readBackVolume(run: Omit<RestoreRun, 'spool' | 'progress'>): Promise<void> {
  const { context, destination, group, manifest, packs } = run;
  const { blockSize } = manifest;
  const lane = new Lane(group, context.parallelism + 1);
  for (let segment = 0; segment < manifest.segments.length; segment += 1) {
    const range = segmentRange(manifest, segment);
    const locations =
      (await loadSegment(context, manifest, segment, packs, group.signal)) ??
      LocationList.zeros(range.blocks);
    for (let first = 0; first < range.blocks; first += TASK_BLOCKS) {
      await lane.room();
      const last = Math.min(first + TASK_BLOCKS, range.blocks);
      const offset = range.offset + first * blockSize;
      lane.add(async () => {
        const { firstDifference } = await context.mover
          .checkBlocks(
            {
              source: { path: destination.path, identity: destination.identity, offset },
              length: Math.min(last * blockSize, range.length) - first * blockSize,
              blockSize,
              hashKey: context.keys.hash,
              locations: locations.slice(first, last).bytes,
              ...(run.io === undefined ? {} : { io: run.io }),
            },
            { signal: group.signal },
          )
          .catch((error: unknown) => {
            // Its 'source' is the volume: no side is a pack.
            throw moverFailure(error, 'destination', `reading back ${destination.path}`);
          });
        if (firstDifference === null) return;
        throw new BackupError(
          'DEVICE_FAILED',
          `${destination.path} reads as something else than was written to it, at byte ${firstDifference}`,
        );
      });
    }
  }
  await lane.empty();
}
