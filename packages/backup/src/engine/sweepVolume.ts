import { BackupError } from '../errors.ts';
import { folderPrefix, manifestName, packName, segmentName, unsweptName } from '../format/names.ts';
import type { BackupContext } from './context.ts';
import { backupIdsOf, findManifest } from './manifests.ts';
import { isDamage } from './parentChain.ts';

/**
 * Removes the packs and segments of a volume that no backup needs. While a backup of the volume is being made, or one that is there cannot be
 * read, nothing is removed and a mark is left for the next time.
 *
 * Safe beside other processes by its order: what may go is listed first; a backup that is begun after the second look at intents
 * can only build on manifests that are still there, and if those have changed meanwhile, nothing is removed.
 */
export async function sweepVolume(
  context: BackupContext,
  volumeId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { repository } = context;
  const doomed = new Set<string>();
  for (const folder of ['packs', 'index'] as const)
    for await (const { name } of repository.list(folderPrefix(volumeId, folder), signal)) doomed.add(name);
  const mark = unsweptName(volumeId);
  if (doomed.size === 0) return await repository.remove(mark, signal);
  const postpone = async (): Promise<void> => {
    await repository.put(mark, Buffer.from('another backup was being made or could not be read\n'), signal);
  };
  if ((await backupIdsOf(context, volumeId, 'intents', signal)).length > 0) return await postpone();
  const before = await backupIdsOf(context, volumeId, 'manifests', signal);
  for (const backupId of before) {
    try {
      const manifest = await findManifest(context, { volumeId, backupId }, signal);
      for (const [ref] of manifest?.packs ?? []) doomed.delete(packName(volumeId, ref));
      for (const ref of manifest?.segments ?? []) if (ref !== null) doomed.delete(segmentName(volumeId, ref));
    } catch (error) {
      if (!(error instanceof BackupError && isDamage(error))) throw error;
      // What it needs is not known. Once somebody removes or mends it, the next removal sweeps.
      if ((await repository.size(manifestName(volumeId, backupId), signal)) !== null) return await postpone();
    }
  }
  if ((await backupIdsOf(context, volumeId, 'intents', signal)).length > 0) return await postpone();
  const after = await backupIdsOf(context, volumeId, 'manifests', signal);
  if (after.join('\n') !== before.join('\n')) return await postpone();
  for (const name of doomed) await repository.remove(name, signal);
  await repository.remove(mark, signal);
}
