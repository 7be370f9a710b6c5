import type { FrameProblem, LocationList } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import { packName } from '../format/names.ts';
import { FrameCollector } from './frameCollector.ts';
import { moverFailure } from './moverFailure.ts';
import { loadSegment } from './segments.ts';
import { Lane } from './taskGroup.ts';
import { problemCode, type VerifyRun } from './verifyRun.ts';

/** Packs whose frames are in memory at once: the segments are read again for each as many. */
const PACKS_AT_ONCE = 1024;

/**
 * Reads every frame that whole segments name, once each.
 *
 * @param whole refs of the segments that can be read
 * @returns bytes that were read
 */
export async function verifyFrames(run: VerifyRun, whole: ReadonlySet<string>): Promise<number> {
  const { group, manifests, objects, packs, problems } = run;
  const todo = new Set(manifests.flatMap((manifest) => manifest.packs.map(([ref]) => ref)));
  for (const ref of todo) if (!objects.packs.has(ref)) todo.delete(ref);
  const damaged = new Map<number, readonly FrameProblem[]>();
  const lane = new Lane(group, run.context.parallelism + 1);
  let checkedBytes = 0;
  while (todo.size > 0) {
    const batch = new Map<number, FrameCollector>();
    for (const ref of [...todo].slice(0, PACKS_AT_ONCE)) {
      todo.delete(ref);
      batch.set(packs.number(ref), new FrameCollector());
    }
    await eachSegment(run, whole, (locations) => {
      for (let index = 0; index < locations.count; index += 1)
        if (!locations.isZero(index)) batch.get(locations.pack(index))?.add(locations, index);
    });
    for (const [pack, frames] of batch) {
      await lane.room();
      lane.add(async () => {
        const result = await checkPack(run, packs.ref(pack), frames.sorted());
        checkedBytes += result.checkedBytes;
        if (result.problems.length > 0) damaged.set(pack, result.problems);
      });
    }
    await lane.empty();
  }
  if (damaged.size === 0) return checkedBytes;
  const spoiled = await backupsWith(run, whole, damaged);
  for (const [pack, found] of damaged) {
    const name = packName(objects.volumeId, packs.ref(pack));
    const [first] = found;
    problems.add(
      'CORRUPT',
      name,
      `${name} is damaged: ${found.length} of its blocks; at byte ${first?.offset}: ${first?.message}`,
      spoiled.get(pack) ?? [],
    );
  }
  return checkedBytes;
}

async function checkPack(
  { context, group, objects, problems, manifests, progress, spool }: VerifyRun,
  ref: string,
  frames: LocationList,
): Promise<{ readonly checkedBytes: number; readonly problems: readonly FrameProblem[] }> {
  const name = packName(objects.volumeId, ref);
  const task = progress.task(objects.packs.get(ref) ?? 0);
  try {
    const file = await context.repository.asFile(name, spool, group.signal);
    try {
      return await context.mover.checkFrames(
        {
          pack: { path: file.path, key: context.keys.packKey(ref.slice(-32)) },
          blockSize: context.info.blockSize,
          hashKey: context.keys.hash,
          locations: frames.bytes,
        },
        { signal: group.signal, onProgress: task.report },
      );
    } finally {
      await file.release();
    }
  } catch (error) {
    const code = problemCode(error);
    if (code === undefined || !(error instanceof BackupError))
      throw moverFailure(error, 'source', 'the verification');
    const naming = manifests.filter(({ packs }) => packs.some(([listed]) => listed === ref));
    problems.add(
      code,
      name,
      error.message,
      naming.map(({ backupId }) => backupId),
    );
    return { checkedBytes: 0, problems: [] };
  } finally {
    task.end();
  }
}

/** Which backups have blocks in the damaged frames. */
async function backupsWith(
  run: VerifyRun,
  whole: ReadonlySet<string>,
  damaged: ReadonlyMap<number, readonly FrameProblem[]>,
): Promise<Map<number, Set<string>>> {
  const offsets = new Map(
    [...damaged].map(([pack, found]) => [pack, new Set(found.map(({ offset }) => offset))]),
  );
  const spoiled = new Map([...damaged.keys()].map((pack) => [pack, new Set<string>()]));
  await eachSegment(run, whole, (locations, backupIds) => {
    for (let index = 0; index < locations.count; index += 1) {
      const pack = locations.pack(index);
      if (offsets.get(pack)?.has(locations.offset(index)) !== true) continue;
      for (const id of backupIds) spoiled.get(pack)?.add(id);
    }
  });
  return spoiled;
}

/** Visits every whole segment once, with the backups that name it. */
async function eachSegment(
  { context, group, manifests, packs }: VerifyRun,
  whole: ReadonlySet<string>,
  visit: (locations: LocationList, backupIds: readonly string[]) => void,
): Promise<void> {
  const naming = new Map<string, string[]>();
  for (const { backupId, segments } of manifests)
    for (const ref of segments) {
      if (ref === null) continue;
      const known = naming.get(ref);
      if (known === undefined) naming.set(ref, [backupId]);
      else if (known.at(-1) !== backupId) known.push(backupId);
    }
  const seen = new Set<string>();
  for (const manifest of manifests) {
    for (const [segment, ref] of manifest.segments.entries()) {
      if (ref === null || seen.has(ref) || !whole.has(ref)) continue;
      seen.add(ref);
      const locations = await loadSegment(context, manifest, segment, packs, group.signal);
      if (locations !== undefined) visit(locations, naming.get(ref) ?? []);
    }
  }
}
