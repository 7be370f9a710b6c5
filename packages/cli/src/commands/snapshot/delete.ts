import { Command } from 'commander';
import { openSession } from '../../action.ts';

interface Options {
  readonly force?: boolean;
  readonly wait: boolean;
}

/** `scoria snapshot delete`. */
export function snapshotDelete(): Command {
  return new Command('delete')
    .alias('rm')
    .description('delete snapshots')
    .argument('<snapshot...>', 'names or ids')
    .option('--force', 'whatever status they are in (administrators)')
    .option('--no-wait', 'return as soon as the requests are accepted')
    .action(async (names: string[], options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { snapshots } = await import('../../api/kinds.ts');
      const { deleteAll } = await import('../../api/deleteAll.ts');
      const found = [];
      for (const name of names) found.push(await find(client, snapshots, name));
      await deleteAll({ client, globals }, snapshots, found, options.wait, (id) =>
        options.force === true
          ? client.post(`/snapshots/${id}/action`, { 'os-force_delete': {} })
          : client.delete(`/snapshots/${id}`),
      );
    });
}
