import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria type list`. */
export function typeList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list volume types')
    .action(async (_options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { types } = await import('../../api/kinds.ts');
      const { listAll } = await import('../../api/listAll.ts');
      const { printList } = await import('../../output/print.ts');
      printList(globals, await listAll(client, types, { is_public: 'none' }), [
        ['ID', (type) => type.id],
        ['NAME', (type) => type.name],
        ['PUBLIC', (type) => (type.is_public === false ? 'no' : 'yes')],
        ['EXTRA SPECS', (type) => type.extra_specs],
      ]);
    });
}
