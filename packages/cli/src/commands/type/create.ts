import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collectPairs } from '../parse.ts';

interface Options {
  readonly description?: string;
  readonly private?: boolean;
  readonly spec?: Record<string, string>;
}

/** `scoria type create`. */
export function typeCreate(): Command {
  return new Command('create')
    .description('create a volume type (administrators)')
    .argument('<name>', 'its name')
    .option('--description <text>', 'what it is for')
    .option('--private', 'hide it from users')
    .option(
      '--spec <key=value>',
      'extra spec, such as volume_backend_name=fast; may be repeated',
      collectPairs,
    )
    .action(async (name: string, options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { types } = await import('../../api/kinds.ts');
      const { read } = await import('../../api/read.ts');
      const { printObject } = await import('../../output/print.ts');
      const body = {
        volume_type: {
          name,
          'os-volume-type-access:is_public': options.private !== true,
          ...(options.description !== undefined && { description: options.description }),
          ...(options.spec !== undefined && { extra_specs: options.spec }),
        },
      };
      printObject(globals, read(await client.post('/types', body), 'volume_type', types.schema));
    });
}
