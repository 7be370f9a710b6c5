import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { CliError } from '../../cliError.ts';
import { collectPairs } from '../parse.ts';

interface Options {
  readonly name?: string;
  readonly description?: string;
  readonly property?: Record<string, string>;
  readonly force?: boolean;
  readonly wait: boolean;
}

/** `scoria snapshot create`. */
export function snapshotCreate(): Command {
  return new Command('create')
    .description('take a snapshot of a volume')
    .argument('<volume>', 'name or id of the volume')
    .argument('[name]', 'name of the snapshot')
    .option('--description <text>', 'what it is for')
    .option('-p, --property <key=value>', 'metadata; may be repeated', collectPairs)
    .option('--force', 'also when the volume is attached: the snapshot is as after a power cut')
    .option('--no-wait', 'return as soon as the request is accepted')
    .action(async (volume: string, name: string | undefined, options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { find } = await import('../../api/find.ts');
      const { snapshots, volumes } = await import('../../api/kinds.ts');
      const { read } = await import('../../api/read.ts');
      const { settle } = await import('../../api/settle.ts');
      const { printObject } = await import('../../output/print.ts');
      const { withSpinner } = await import('../../output/progress.ts');
      const { description, property, force } = options;
      const source = await find(client, volumes, volume);
      // Since 3.66 the service takes snapshots of attached volumes without being told to; people should know.
      if (source.status === 'in-use' && force !== true)
        throw new CliError(
          'refused',
          `The volume ${volume} is attached: its writers are not asked to pause.`,
          {
            hint: 'Detach it first, or take a snapshot that is as after a power cut with --force.',
          },
        );
      const snapshot = {
        volume_id: source.id,
        ...(name !== undefined && { name }),
        ...(description !== undefined && { description }),
        ...(property !== undefined && { metadata: property }),
        ...(force === true && { force: true }),
      };
      const created = read(await client.post('/snapshots', { snapshot }), 'snapshot', snapshots.schema);
      const done = options.wait
        ? await withSpinner(globals, `taking snapshot ${name ?? created.id}`, (onProgress) =>
            settle(client, snapshots, created.id, ['available'], {
              timeoutSeconds: globals.timeout,
              onProgress,
            }),
          )
        : created;
      printObject(globals, done);
    });
}
