import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collectPairs } from '../parse.ts';

interface Options {
  readonly name?: string;
  readonly description?: string;
  readonly property?: Record<string, string>;
  readonly status?: string;
}

/** `scoria snapshot set`. */
export function snapshotSet(): Command {
  return new Command('set')
    .description('change what a snapshot says of itself')
    .argument('<snapshot>', 'name or id')
    .option('--name <name>', 'new name')
    .option('--description <text>', 'new description')
    .option('-p, --property <key=value>', 'add or change metadata; may be repeated', collectPairs)
    .option(
      '--status <status>',
      'correct the recorded status (administrators); changes nothing on the backend',
    )
    .action(async (which: string, options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { CliError } = await import('../../cliError.ts');
      const { find } = await import('../../api/find.ts');
      const { snapshots } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      const { name, description, property, status } = options;
      if (Object.keys(options).length === 0) throw new CliError('usage', 'Say what to change: see --help.');
      const { id } = await find(client, snapshots, which);
      if (name !== undefined || description !== undefined) {
        await client.put(`/snapshots/${id}`, {
          snapshot: {
            ...(name !== undefined && { name }),
            ...(description !== undefined && { description }),
          },
        });
      }
      if (property !== undefined) await client.post(`/snapshots/${id}/metadata`, { metadata: property });
      if (status !== undefined)
        await client.post(`/snapshots/${id}/action`, { 'os-reset_status': { status } });
      printObject(globals, await find(client, snapshots, id));
    });
}
