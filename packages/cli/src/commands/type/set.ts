import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collect, collectPairs } from '../parse.ts';

interface Options {
  readonly name?: string;
  readonly description?: string;
  readonly spec?: Record<string, string>;
  readonly unset?: string[];
}

/** `scoria type set`. */
export function typeSet(): Command {
  return new Command('set')
    .description('change a volume type (administrators)')
    .argument('<type>', 'name or id')
    .option('--name <name>', 'new name')
    .option('--description <text>', 'new description')
    .option('--spec <key=value>', 'add or change an extra spec; may be repeated', collectPairs)
    .option('--unset <key>', 'remove an extra spec; may be repeated', collect)
    .action(async (which: string, options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { CliError } = await import('../../cliError.ts');
      const { find } = await import('../../api/find.ts');
      const { types } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      const { name, description, spec, unset = [] } = options;
      if (Object.keys(options).length === 0) throw new CliError('usage', 'Say what to change: see --help.');
      const { id } = await find(client, types, which);
      if (name !== undefined || description !== undefined) {
        const change = {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
        };
        await client.put(`/types/${id}`, { volume_type: change });
      }
      if (spec !== undefined) await client.post(`/types/${id}/extra_specs`, { extra_specs: spec });
      for (const key of unset) await client.delete(`/types/${id}/extra_specs/${encodeURIComponent(key)}`);
      printObject(globals, await find(client, types, id));
    });
}
