import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria type show`. */
export function typeShow(): Command {
  return new Command('show')
    .description('show a volume type')
    .argument('<type>', 'name or id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { types } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      printObject(globals, await find(client, types, name));
    });
}
