import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { parseSize } from '../parse.ts';

interface Options {
  readonly device: boolean;
}

/** `scoria volume extend`. */
export function volumeExtend(): Command {
  return new Command('extend')
    .description('make a volume larger, attached or not')
    .argument('<volume>', 'name or id')
    .argument('<size>', 'new size in GiB, or with a unit', parseSize)
    .option('--no-device', 'do not enlarge the device when the volume is attached to this host')
    .action(async (name: string, size: number, options: Options, command: Command) => {
      const session = await openSession(command);
      const { extendVolume } = await import('../../volume/extendVolume.ts');
      const { printObject } = await import('../../output/print.ts');
      const { volumeFields } = await import('./columns.ts');
      const volume = await extendVolume(session, name, size, options.device);
      printObject(session.globals, session.globals.json ? volume : volumeFields(volume));
    });
}
