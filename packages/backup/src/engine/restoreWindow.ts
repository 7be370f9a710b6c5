import type { IoOptions, LocationList } from '@scoria/data-mover';
import type { BackupEndpoint } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../format/manifest.ts';
import { packName } from '../format/names.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import { moverFailure } from './moverFailure.ts';
import { type PackBlocks, sortByPack, zeroExtents } from './packOrder.ts';
import type { ProgressSum } from './progressSum.ts';
import { Lane, type TaskGroup } from './taskGroup.ts';

/** What a restore works with. */
export interface RestoreRun {
  readonly context: BackupContext;
  readonly manifest: Manifest;
  readonly destination: BackupEndpoint;
  readonly group: TaskGroup;
  readonly packs: PackNumbers;
  readonly spool: string;
  readonly progress: ProgressSum;
  readonly io: IoOptions | undefined;
}

/**
 * Writes a part of a volume, pack by pack, and makes its zero blocks zero.
 *
 * @param start first byte of the window
 * @returns bytes that were written
 * @throws BackupError
 */
export async function writeWindow(run: RestoreRun, window: LocationList, start: number): Promise<number> {
  const { context, destination, group, manifest, packs, progress } = run;
  const lane = new Lane(group, context.parallelism + 1);
  const doing = `the restore of backup ${manifest.backupId}`;
  const side = { path: destination.path, identity: destination.identity };
  const io = run.io === undefined ? {} : { io: run.io };
  const zeros = zeroExtents(window, start, manifest);
  const zeroBytes = zeros.reduce((sum, { length }) => sum + length, 0);
  // Only what is proven to be zero need not be made so: elsewhere old bytes would show.
  if (!destination.isZero && zeros.length > 0) {
    const task = progress.task(zeroBytes);
    lane.add(async () => {
      await context.mover
        .clearExtents(
          { destination: side, extents: zeros, flush: false, ...io },
          { signal: group.signal, onProgress: task.report },
        )
        .catch((error: unknown) => {
          throw moverFailure(error, 'source', doing);
        });
      task.end();
    });
  } else progress.add(zeroBytes);
  let writtenBytes = 0;
  for (const blocks of sortByPack(window, start / manifest.blockSize)) {
    await lane.room();
    lane.add(async () => {
      const object = packName(manifest.volumeId, packs.ref(blocks.pack));
      const written = await restorePack(run, blocks, object);
      writtenBytes += written;
    });
  }
  await lane.empty();
  return writtenBytes;
}

async function restorePack(run: RestoreRun, blocks: PackBlocks, object: string): Promise<number> {
  const { context, destination, group, manifest, progress } = run;
  const { blockSize, sizeBytes } = manifest;
  const file = await context.repository.asFile(object, run.spool, group.signal);
  try {
    const last = blocks.indexes.includes(Math.ceil(sizeBytes / blockSize) - 1);
    const short = last ? Math.ceil(sizeBytes / blockSize) * blockSize - sizeBytes : 0;
    const task = progress.task(blocks.indexes.length * blockSize - short);
    const { writtenBytes, problem } = await context.mover.restoreBlocks(
      {
        pack: { path: file.path, key: context.keys.packKey(object.slice(-32)) },
        destination: { path: destination.path, identity: destination.identity },
        blockSize,
        sizeBytes,
        hashKey: context.keys.hash,
        indexes: blocks.indexes,
        locations: blocks.locations.bytes,
        ...(run.io === undefined ? {} : { io: run.io }),
      },
      { signal: group.signal, onProgress: task.report },
    );
    if (problem !== null) {
      throw new BackupError(
        'CORRUPT',
        `${object} is damaged at byte ${problem.offset}: ${problem.message}; ${destination.path} is written in part`,
        { object },
      );
    }
    task.end();
    return writtenBytes;
  } catch (error) {
    throw moverFailure(error, 'source', `the restore of backup ${manifest.backupId}`);
  } finally {
    await file.release();
  }
}
