import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria snapshot show`. */
export function snapshotShow(): Command {
  return new Command('show')
    .description('show a snapshot')
    .argument('<snapshot>', 'name or id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { snapshots } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      const { id } = await find(client, snapshots, name);
      printObject(globals, await find(client, snapshots, id));
    });
}
