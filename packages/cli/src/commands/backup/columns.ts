import type { Backup } from '../../api/models.ts';
import type { Column } from '../../output/print.ts';

/** What a list of backups shows. */
export const backupColumns: readonly Column<Backup>[] = [
  ['ID', (backup) => backup.id],
  ['NAME', (backup) => backup.name],
  ['STATUS', (backup) => backup.status],
  ['KIND', (backup) => (backup.is_incremental === true ? 'incremental' : 'full')],
  ['SIZE', (backup) => `${backup.size} GiB`],
  ['VOLUME', (backup) => backup.volume_id],
  ['CREATED', (backup) => backup.created_at],
];

/** What `show` and the commands that make a backup show of it. */
export function backupFields({ links: _, ...backup }: Backup): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(backup).filter(([, value]) => value !== null && value !== undefined),
  );
}
