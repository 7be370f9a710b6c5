import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria backup show`. */
export function backupShow(): Command {
  return new Command('show')
    .description('show a backup')
    .argument('<backup>', 'name or id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { backups } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      const { backupFields } = await import('./columns.ts');
      const { id } = await find(client, backups, name);
      const backup = await find(client, backups, id);
      printObject(globals, globals.json ? backup : backupFields(backup));
    });
}
