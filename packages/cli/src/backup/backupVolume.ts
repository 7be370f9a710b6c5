import type { Session } from '../action.ts';
import { find } from '../api/find.ts';
import { backups, snapshots, volumes } from '../api/kinds.ts';
import { type Backup, backupSchema } from '../api/models.ts';
import { read } from '../api/read.ts';
import { settle, settleGone } from '../api/settle.ts';
import { CliError } from '../cliError.ts';
import { withSpinner } from '../output/progress.ts';
import { untilInterrupted } from '../untilInterrupted.ts';

/** What to back up, and how. */
export interface BackupVolumeOptions {
  readonly name?: string;
  readonly description?: string;
  readonly incremental?: boolean;
  readonly snapshot?: string;
  readonly force?: boolean;
  readonly property?: Readonly<Record<string, string>>;
  readonly wait: boolean;
}

/** Backs a volume up and waits until the backup can be restored; an interruption cancels and removes it. @throws CliError */
export async function backupVolume(
  { client, globals }: Session,
  volume: string,
  options: BackupVolumeOptions,
): Promise<Backup> {
  const { name, description, incremental, snapshot, force, property, wait } = options;
  const source = await find(client, volumes, volume);
  if (source.status === 'in-use' && force !== true && snapshot === undefined)
    throw new CliError('refused', `The volume ${volume} is attached: its writers are not asked to pause.`, {
      hint: 'Detach it first, back up one of its snapshots with --snapshot, or take it as after a power cut with --force.',
    });
  const body = {
    backup: {
      volume_id: source.id,
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      ...(incremental === true && { incremental: true }),
      ...(snapshot !== undefined && { snapshot_id: (await find(client, snapshots, snapshot)).id }),
      ...(force === true && { force: true }),
      ...(property !== undefined && { metadata: property }),
    },
  };
  return untilInterrupted(async (signal) => {
    const summary = backupSchema.pick({ id: true });
    const { id } = read(await client.post('/backups', body), 'backup', summary);
    if (!wait) return find(client, backups, id);
    try {
      return await withSpinner(globals, `backing up ${source.name ?? source.id}`, (onProgress) =>
        settle(client, backups, id, ['available'], { timeoutSeconds: globals.timeout, signal, onProgress }),
      );
    } catch (error) {
      if (!signal.aborted) throw error;
      // A deletion cancels a backup that is being made.
      await client.delete(`/backups/${id}`);
      await settleGone(client, backups, id, { timeoutSeconds: globals.timeout });
      throw error;
    }
  });
}
