import { Command } from 'commander';
import { openSession } from '../../action.ts';

/** `scoria volume show`. */
export function volumeShow(): Command {
  return new Command('show')
    .description('show a volume')
    .argument('<volume>', 'name or id')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { volumes } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      const { volumeFields } = await import('./columns.ts');
      // The list and the single object differ in what they say: it is asked for by id.
      const { id } = await find(client, volumes, name);
      const volume = await find(client, volumes, id);
      printObject(globals, globals.json ? volume : volumeFields(volume));
    });
}
