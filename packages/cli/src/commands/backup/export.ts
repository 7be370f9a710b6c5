import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria backup export`. */
export function backupExport(): Command {
  return new Command('export')
    .description(
      'print the record of a backup, for import into another service with the same repository (administrators)',
    )
    .argument('<backup>', 'name or id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { backups } = await import('../../api/kinds.ts');
      const { read } = await import('../../api/read.ts');
      const { backupRecordSchema } = await import('../../api/models.ts');
      const { print } = await import('../../output/print.ts');
      const { id } = await find(client, backups, name);
      const answer = await client.get(`/backups/${id}/export_record`);
      // Always JSON, also for people: it is what `import` reads.
      print(JSON.stringify(read(answer, 'backup-record', backupRecordSchema), null, globals.json ? 2 : 0));
    });
}
