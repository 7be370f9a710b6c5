import { Command } from 'commander';
import { openSession } from '../../action.ts';

interface Options {
  readonly force?: boolean;
  readonly wait: boolean;
}

/** `scoria backup delete`. */
export function backupDelete(): Command {
  return new Command('delete')
    .alias('rm')
    .description('delete backups; others of the same chain stay restorable')
    .argument('<backup...>', 'names or ids')
    .option('--force', 'whatever status they are in (administrators)')
    .option('--no-wait', 'return as soon as the requests are accepted')
    .action(async (names: string[], options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { backups } = await import('../../api/kinds.ts');
      const { deleteAll } = await import('../../api/deleteAll.ts');
      const found = [];
      for (const name of names) found.push(await find(client, backups, name));
      await deleteAll({ client, globals }, backups, found, options.wait, (id) =>
        options.force === true
          ? client.post(`/backups/${id}/action`, { 'os-force_delete': {} })
          : client.delete(`/backups/${id}`),
      );
    });
}
