import type { BackupRunOptions, VerifyReport } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import type { Manifest } from '../format/manifest.ts';
import { isId, manifestName, packName, segmentName } from '../format/names.ts';
import { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import { listVolumes, type VolumeObjects } from './listVolumes.ts';
import { loadManifest } from './manifests.ts';
import { throwIfAborted } from './moverFailure.ts';
import { ProblemList } from './problemList.ts';
import { ProgressSum } from './progressSum.ts';
import { removeSpool } from './removeSpool.ts';
import { makeSpool } from './spool.ts';
import { TaskGroup } from './taskGroup.ts';
import { verifyFrames } from './verifyFrames.ts';
import { problemCode, type VerifyRun } from './verifyRun.ts';
import { verifySegments } from './verifySegments.ts';

/**
 * Reads everything that backups need and reports all that is wrong with it.
 *
 * @throws BackupError when the repository cannot be read, or the backup that is asked for is not there
 */
export async function verifyBackups(
  context: BackupContext,
  selection: { readonly volumeId?: string; readonly backupId?: string },
  options: BackupRunOptions,
): Promise<VerifyReport> {
  throwIfAborted(options.signal, 'the verification');
  const group = new TaskGroup(options.signal);
  const problems = new ProblemList();
  const found =
    selection.volumeId === undefined || isId(selection.volumeId)
      ? await listVolumes(context, selection.volumeId, options.signal)
      : [];
  const chosen: { readonly objects: VolumeObjects; readonly manifests: Manifest[] }[] = [];
  const unreferenced: string[] = [];
  let backups = 0;
  for (const objects of found) {
    const ids = objects.manifests.filter(
      (id) => selection.backupId === undefined || id === selection.backupId,
    );
    const manifests = await readManifests(context, objects, ids, problems, options.signal);
    backups += ids.length;
    chosen.push({ objects, manifests });
    // Without one of the manifests nobody knows what it needs.
    if (manifests.length === objects.manifests.length) unreferenced.push(...unneeded(objects, manifests));
  }
  if (selection.backupId !== undefined && backups === 0)
    throw new BackupError('BACKUP_NOT_FOUND', `there is no backup ${selection.backupId}`);
  const spool = await makeSpool(context.spoolDirectory, 'verify');
  try {
    const total = chosen.reduce((sum, { manifests }) => sum + packBytes(manifests), 0);
    const progress = new ProgressSum(total, options.onProgress);
    let checkedBytes = 0;
    for (const { objects, manifests } of chosen) {
      const packs = new PackNumbers();
      const run = { context, group, objects, manifests, packs, problems, progress, spool };
      verifyPresence(run);
      const whole = await verifySegments(run);
      checkedBytes += await verifyFrames(run, whole);
    }
    return { backups, checkedBytes, problems: problems.all(), unreferenced: unreferenced.sort() };
  } catch (error) {
    group.fail(error);
    await group.done().catch(() => undefined); // the first error is the one that is thrown below
    throwIfAborted(options.signal, 'the verification');
    throw error;
  } finally {
    await removeSpool(spool, options.signal);
  }
}

async function readManifests(
  context: BackupContext,
  { volumeId }: VolumeObjects,
  ids: readonly string[],
  problems: ProblemList,
  signal: AbortSignal | undefined,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  for (const backupId of ids) {
    try {
      manifests.push(await loadManifest(context, { volumeId, backupId }, signal));
    } catch (error) {
      const code = problemCode(error);
      if (code === undefined || !(error instanceof BackupError)) throw error;
      problems.add(code, manifestName(volumeId, backupId), error.message, [backupId]);
    }
  }
  return manifests;
}

/** Packs that are not there, or not as long as they were. */
function verifyPresence({ objects, manifests, problems }: VerifyRun): void {
  for (const { backupId, volumeId, packs } of manifests) {
    for (const [ref, bytes] of packs) {
      const name = packName(volumeId, ref);
      const there = objects.packs.get(ref);
      if (there === undefined) problems.add('OBJECT_MISSING', name, `${name} is not there`, [backupId]);
      else if (there !== bytes)
        problems.add('CORRUPT', name, `${name} has ${there} bytes, not ${bytes}`, [backupId]);
    }
  }
}

function unneeded(
  { volumeId, index, packs, intents }: VolumeObjects,
  manifests: readonly Manifest[],
): string[] {
  const needed = new Set(manifests.flatMap(({ packs: all }) => all.map(([ref]) => ref)));
  const listed = new Set(manifests.flatMap(({ segments }) => segments));
  return [
    ...[...packs.keys()].filter((ref) => !needed.has(ref)).map((ref) => packName(volumeId, ref)),
    ...[...index].filter((ref) => !listed.has(ref)).map((ref) => segmentName(volumeId, ref)),
    ...intents.map((id) => `volumes/${volumeId}/intents/${id}`),
  ];
}

function packBytes(manifests: readonly Manifest[]): number {
  const packs = new Map(manifests.flatMap(({ packs: all }) => all));
  return [...packs.values()].reduce((sum, bytes) => sum + bytes, 0);
}
