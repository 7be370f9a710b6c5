import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collectPairs } from '../parse.ts';

interface Options {
  readonly name?: string;
  readonly description?: string;
  readonly property?: Record<string, string>;
  readonly status?: string;
}

/** `scoria backup set`. */
export function backupSet(): Command {
  return new Command('set')
    .description('change what a backup says of itself')
    .argument('<backup>', 'name or id')
    .option('--name <name>', 'new name')
    .option('--description <text>', 'new description')
    .option('-p, --property <key=value>', 'replace the metadata by these; may be repeated', collectPairs)
    .option(
      '--status <status>',
      'correct the recorded status (administrators); changes nothing in the repository',
    )
    .action(async (which: string, options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { CliError } = await import('../../cliError.ts');
      const { find } = await import('../../api/find.ts');
      const { backups } = await import('../../api/kinds.ts');
      const { printObject } = await import('../../output/print.ts');
      const { backupFields } = await import('./columns.ts');
      const { name, description, property, status } = options;
      if (Object.keys(options).length === 0) throw new CliError('usage', 'Say what to change: see --help.');
      const { id } = await find(client, backups, which);
      if (name !== undefined || description !== undefined || property !== undefined) {
        const backup = {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description }),
          ...(property !== undefined && { metadata: property }),
        };
        await client.put(`/backups/${id}`, { backup });
      }
      if (status !== undefined) await client.post(`/backups/${id}/action`, { 'os-reset_status': { status } });
      const changed = await find(client, backups, id);
      printObject(globals, globals.json ? changed : backupFields(changed));
    });
}
