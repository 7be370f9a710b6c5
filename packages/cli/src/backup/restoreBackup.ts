import { z } from 'zod';
import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { backups, volumes } from '../api/kinds.ts';
import type { Volume } from '../api/models.ts';
import { read } from '../api/read.ts';
import { settle } from '../api/settle.ts';
import { withSpinner } from '../output/progress.ts';

/** Where a backup is restored to. */
export interface RestoreBackupOptions {
  /** A volume that is overwritten; absent: a new one. */
  readonly volume?: string;
  /** Name of the new volume. */
  readonly name?: string;
  readonly wait: boolean;
}

const restoreSchema = z.looseObject({ volume_id: z.string() });

/** Restores a backup and waits until its volume can be used. @throws CliError */
export async function restoreBackup(
  { client, globals }: Session,
  backup: string,
  { volume, name, wait }: RestoreBackupOptions,
): Promise<Volume> {
  const { id } = await find(client, backups, backup);
  const restore = {
    ...(volume !== undefined && { volume_id: (await find(client, volumes, volume)).id }),
    ...(name !== undefined && { name }),
  };
  const { volume_id: volumeId } = read(
    await client.post(`/backups/${id}/restore`, { restore }),
    'restore',
    restoreSchema,
  );
  if (!wait) return find(client, volumes, volumeId);
  return withSpinner(globals, `restoring ${backup}`, async (onProgress) => {
    // The backup is `restoring` from the request on; a new volume passes through other statuses before it is the one restored.
    await settle(client, backups, id, ['available'], { timeoutSeconds: globals.timeout, onProgress });
    return settle(client, volumes, volumeId, ['available'], { timeoutSeconds: globals.timeout, onProgress });
  });
}
