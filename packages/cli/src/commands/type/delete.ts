import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria type delete`. */
export function typeDelete(): Command {
  return new Command('delete')
    .alias('rm')
    .description('delete a volume type (administrators)')
    .argument('<type>', 'name or id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { types } = await import('../../api/kinds.ts');
      const { printDone } = await import('../../output/print.ts');
      const { id } = await find(client, types, name);
      await client.delete(`/types/${id}`);
      printDone(globals, `Deleted volume type ${name}.`);
    });
}
