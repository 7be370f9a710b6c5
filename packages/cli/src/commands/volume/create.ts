import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collectPairs, parseSize } from '../parse.ts';

interface Options {
  readonly size?: number;
  readonly description?: string;
  readonly type?: string;
  readonly snapshot?: string;
  readonly source?: string;
  readonly image?: string;
  readonly zone?: string;
  readonly property?: Record<string, string>;
  readonly wait: boolean;
}

/** `scoria volume create`. */
export function volumeCreate(): Command {
  return new Command('create')
    .description('create a volume: blank, from a snapshot, another volume or an image')
    .argument('[name]', 'its name')
    .option(
      '-s, --size <GiB>',
      'size in GiB, or with a unit: 10, 2T; default: the size of the source',
      parseSize,
    )
    .option('--description <text>', 'what it is for')
    .option('-t, --type <type>', 'volume type, by name or id')
    .option('--snapshot <snapshot>', 'create it from this snapshot')
    .option('--source <volume>', 'create it from this volume')
    .option('--image <id>', 'create it from this image of the configured image source')
    .option('--zone <zone>', 'availability zone')
    .option('-p, --property <key=value>', 'metadata; may be repeated', collectPairs)
    .option('--no-wait', 'return as soon as the request is accepted')
    .action(async (name: string | undefined, options: Options, command: Command) => {
      const { client, globals } = await openSession(command);
      const { createVolume } = await import('../../volume/createVolume.ts');
      const volume = await createVolume(
        { client, globals },
        { ...options, ...(name !== undefined && { name }) },
      );
      const { printObject } = await import('../../output/print.ts');
      const { volumeFields } = await import('./columns.ts');
      printObject(globals, globals.json ? volume : volumeFields(volume));
    });
}
