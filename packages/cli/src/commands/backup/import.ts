import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria backup import`. */
export function backupImport(): Command {
  return new Command('import')
    .description('take up a backup that another service made in the same repository (administrators)')
    .argument('<file>', 'what "scoria backup export" printed; - for standard input')
    .option('--no-wait', 'return as soon as the request is accepted')
    .action(async (file: string, options: { readonly wait: boolean }, command: Command) => {
      const { client, globals } = await openSession(command);
      const { readBackupRecord } = await import('../../backup/readBackupRecord.ts');
      const { backups } = await import('../../api/kinds.ts');
      const { backupSchema } = await import('../../api/models.ts');
      const { find } = await import('../../api/find.ts');
      const { read } = await import('../../api/read.ts');
      const { settle } = await import('../../api/settle.ts');
      const { printObject } = await import('../../output/print.ts');
      const { withSpinner } = await import('../../output/progress.ts');
      const { backupFields } = await import('./columns.ts');
      const record = await readBackupRecord(file);
      const answer = await client.post('/backups/import_record', { 'backup-record': record });
      const { id } = read(answer, 'backup', backupSchema.pick({ id: true }));
      const backup = options.wait
        ? await withSpinner(globals, 'importing', () =>
            settle(client, backups, id, ['available'], { timeoutSeconds: globals.timeout }),
          )
        : await find(client, backups, id);
      printObject(globals, globals.json ? backup : backupFields(backup));
    });
}
