import { z } from 'zod';
import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { backups, volumes } from '../api/kinds.ts';
import type { Volume } from '../api/models.ts';
import { read } from '../api/read.ts';
import { settle, settleGone } from '../api/settle.ts';
import { CliError } from '../cliError.ts';
import { withSpinner } from '../output/progress.ts';
import { untilInterrupted } from '../untilInterrupted.ts';

/** Where a backup is restored to. */
export interface RestoreBackupOptions {
  /** A volume that is overwritten; absent: a new one. */
  readonly volume?: string;
  /** Name of the new volume. */
  readonly name?: string;
  readonly wait: boolean;
}

const restoreSchema = z.looseObject({ volume_id: z.string() });

/**
 * Restores a backup and waits until its volume can be used. An interruption cancels it: a new volume is removed, one that was there is left
 * `error_restoring`. @throws CliError
 */
export async function restoreBackup(
  session: Session,
  backup: string,
  { volume, name, wait }: RestoreBackupOptions,
): Promise<Volume> {
  const { client, globals } = session;
  const { id } = await find(client, backups, backup);
  const restore = {
    ...(volume !== undefined && { volume_id: (await find(client, volumes, volume)).id }),
    ...(name !== undefined && { name }),
  };
  return untilInterrupted(async (signal) => {
    const { volume_id: volumeId } = read(
      await client.post(`/backups/${id}/restore`, { restore }),
      'restore',
      restoreSchema,
    );
    if (!wait) return find(client, volumes, volumeId);
    const patience = { timeoutSeconds: globals.timeout };
    try {
      return await withSpinner(globals, `restoring ${backup}`, async (onProgress) => {
        // The backup is `restoring` from the request on; a new volume passes through other statuses before it is the one restored.
        await settle(client, backups, id, ['available'], { ...patience, signal, onProgress });
        return settle(client, volumes, volumeId, ['available'], { ...patience, signal, onProgress });
      });
    } catch (error) {
      if (!signal.aborted) throw error;
      await cancelRestore(session, volumeId);
      await settle(client, backups, id, ['available'], patience);
      if (volume === undefined) {
        await client.delete(`/volumes/${volumeId}`);
        await settleGone(client, volumes, volumeId, patience);
        throw error;
      }
      const { status } = await find(client, volumes, volumeId);
      throw status === 'available'
        ? new CliError('interrupted', `Interrupted, too late: ${backup} has been restored.`)
        : new CliError('interrupted', `Interrupted; the volume ${volume} holds a part of the backup only.`, {
            hint: 'Restore a backup onto it again, or delete it.',
          });
    }
  });
}

/** One that has just ended cannot be cancelled any more. */
async function cancelRestore({ client }: Session, volumeId: string): Promise<void> {
  try {
    await client.post(`/volumes/${volumeId}/action`, { 'scoria:cancel': {} });
  } catch (error) {
    if (!(error instanceof CliError) || error.exit !== 'refused') throw error;
  }
}
