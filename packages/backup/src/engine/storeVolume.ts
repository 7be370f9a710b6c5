import { type BlockTable, LocationList } from '@scoria/data-mover';
import type { BackupRunOptions, ByteExtent, CreateBackupRequest } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import { type Manifest, segmentCount, segmentRange } from '../format/manifest.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import { moverFailure } from './moverFailure.ts';
import type { PackSlots } from './packSlots.ts';
import { isDamage, parentUnusable } from './parentChain.ts';
import { ProgressSum } from './progressSum.ts';
import type { SegmentQueue } from './segmentQueue.ts';
import { loadSegment } from './segments.ts';
import { Lane, type TaskGroup } from './taskGroup.ts';

/** Blocks of one task of the pool: short enough to share the work evenly between threads. */
const TASK_BLOCKS = 128;

/** What a run works with. */
export interface StoreRun {
  readonly context: BackupContext;
  readonly group: TaskGroup;
  readonly packs: PackNumbers;
  readonly slots: PackSlots;
  readonly segments: SegmentQueue;
  readonly table: BlockTable;
  /** Null: a full backup. */
  readonly parent: Manifest | null;
}

/** Sends every block of a volume through the pool. @returns bytes of the volume that were stored anew */
export async function storeVolume(
  run: StoreRun,
  request: CreateBackupRequest,
  options: BackupRunOptions,
): Promise<number> {
  const { context, group, parent, segments, slots } = run;
  const { blockSize } = context.info;
  const volume = { sizeBytes: request.source.sizeBytes, blockSize };
  const changed = changedSince(request, parent);
  const progress = new ProgressSum(volume.sizeBytes, options.onProgress);
  const lane = new Lane(group, context.parallelism + 1);
  let changedBytes = 0;
  for (let segment = 0; segment < segmentCount(volume); segment += 1) {
    const range = segmentRange(volume, segment);
    const before = await parentSegment(run, segment, range.blocks);
    const touched = changed?.filter(
      ({ offset, length }) => offset < range.offset + range.length && offset + length > range.offset,
    );
    if (touched !== undefined && touched.length === 0 && before !== undefined) {
      segments.add(
        segment,
        before.locations,
        before.ref === null ? undefined : { ...before, ref: before.ref },
        slots,
      );
      progress.add(range.length);
      continue;
    }
    const locations = LocationList.zeros(range.blocks);
    let left = Math.ceil(range.blocks / TASK_BLOCKS);
    for (let first = 0; first < range.blocks; first += TASK_BLOCKS) {
      await lane.room();
      await slots.room();
      const last = Math.min(first + TASK_BLOCKS, range.blocks);
      const offset = range.offset + first * blockSize;
      const length = Math.min(last * blockSize, range.length) - first * blockSize;
      lane.add(async () => {
        const pack = await slots.take();
        const task = progress.task(length);
        const stored = await context.mover
          .storeBlocks(
            {
              source: { path: request.source.path, identity: request.source.identity, offset },
              length,
              blockSize,
              hashKey: context.keys.hash,
              known: before === undefined ? null : before.locations.slice(first, last).bytes,
              changed: touched ?? null,
              table: run.table.buffer,
              pack: { path: pack.path, key: pack.key, number: pack.number, end: pack.end },
              compressionLevel: context.compressionLevel,
              ...(options.io === undefined ? {} : { io: options.io }),
            },
            { signal: group.signal, onProgress: task.report },
          )
          .catch((error: unknown) => {
            throw moverFailure(error, 'destination', `the backup of volume ${request.volumeId}`);
          });
        task.end();
        changedBytes += stored.storedBytes;
        const found = new LocationList(stored.locations);
        slots.give(pack, stored.packEnd, appended(found, pack.number, pack.end, stored.frames));
        locations.bytes.set(found.bytes, locations.slice(0, first).bytes.length);
        left -= 1;
        if (left > 0) return;
        const same = before?.ref == null ? undefined : { ref: before.ref, locations: before.locations };
        segments.add(segment, locations, same, slots);
      });
    }
  }
  await lane.empty();
  slots.storeIdle();
  await group.done();
  return changedBytes;
}

/** The frames among these locations that were just appended to a pack, once each. */
function appended(found: LocationList, pack: number, from: number, count: number): LocationList {
  const frames = LocationList.zeros(count);
  const seen = new Set<number>();
  for (let index = 0; index < found.count; index += 1) {
    if (found.pack(index) !== pack || found.offset(index) < from || seen.has(found.offset(index))) continue;
    frames.copy(seen.size, found, index);
    seen.add(found.offset(index));
  }
  return frames;
}

/** What may have changed, a part that the volume has grown by included; null: nobody knows. */
function changedSince(
  { changed, source }: CreateBackupRequest,
  parent: Manifest | null,
): ByteExtent[] | null {
  if (changed === null || parent === null) return null;
  const grown = source.sizeBytes - parent.sizeBytes;
  return grown > 0 ? [...changed, { offset: parent.sizeBytes, length: grown }] : [...changed];
}

/** The blocks of the parent where this segment is, as many as the volume has there now. */
async function parentSegment(
  { context, group, packs, parent }: StoreRun,
  segment: number,
  blocks: number,
): Promise<{ readonly ref: string | null; readonly locations: LocationList } | undefined> {
  if (parent === null || segment >= parent.segments.length) return undefined;
  const then = segmentRange(parent, segment);
  const loaded = await loadSegment(context, parent, segment, packs, group.signal).catch((error: unknown) => {
    if (!(error instanceof BackupError && isDamage(error))) throw error;
    throw parentUnusable(parent.backupId, error.message, error);
  });
  const locations = LocationList.zeros(blocks);
  if (loaded !== undefined) locations.bytes.set(loaded.bytes);
  return { ref: then.blocks === blocks ? (parent.segments[segment] ?? null) : null, locations };
}
