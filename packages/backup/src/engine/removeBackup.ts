import { intentName, isId, manifestName } from '../format/names.ts';
import type { BackupContext } from './context.ts';
import type { BackupPlace } from './manifests.ts';
import { clearSpool } from './spool.ts';
import { sweepVolume } from './sweepVolume.ts';

/**
 * Removes a backup, finished or not. First it ceases to exist, then what nobody else needs goes; a kill in between is made good by
 * doing it again. Packs of which others need a part stay whole.
 *
 * @throws BackupError
 */
export async function removeBackup(
  context: BackupContext,
  { volumeId, backupId }: BackupPlace,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!isId(volumeId) || !isId(backupId)) return; // there cannot be one
  // In this order: a backup that is finished just now sees that it is not wanted, or its manifest is there to be removed.
  await context.repository.remove(intentName(volumeId, backupId), signal);
  await context.repository.remove(manifestName(volumeId, backupId), signal);
  await clearSpool(context.spoolDirectory, `${volumeId}.${backupId}`);
  await sweepVolume(context, volumeId, signal);
}
