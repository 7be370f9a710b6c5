import { Command } from 'commander';
import { openSession } from '../../action.ts';

interface Options {
  readonly cascade?: boolean;
  readonly force?: boolean;
  readonly wait: boolean;
}

/** `scoria volume delete`. */
export function volumeDelete(): Command {
  return new Command('delete')
    .alias('rm')
    .description('delete volumes with their data')
    .argument('<volume...>', 'names or ids')
    .option('--cascade', 'delete their snapshots too')
    .option('--force', 'whatever status they are in (administrators)')
    .option('--no-wait', 'return as soon as the requests are accepted')
    .action(async (names: string[], options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { volumes } = await import('../../api/kinds.ts');
      const { deleteAll } = await import('../../api/deleteAll.ts');
      const found = [];
      for (const name of names) found.push(await find(client, volumes, name));
      await deleteAll({ client, globals }, volumes, found, options.wait, (id) =>
        options.force === true
          ? client.post(`/volumes/${id}/action`, { 'os-force_delete': {} })
          : client.delete(`/volumes/${id}${options.cascade === true ? '?cascade=true' : ''}`),
      );
    });
}
