import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collect, collectPairs } from '../parse.ts';

interface Options {
  readonly name?: string;
  readonly description?: string;
  readonly property?: Record<string, string>;
  readonly unset?: string[];
  readonly bootable?: boolean;
  readonly readOnly?: boolean;
  readonly readWrite?: boolean;
  readonly status?: string;
}

/** `scoria volume set`. */
export function volumeSet(): Command {
  return new Command('set')
    .description('change what a volume says of itself')
    .argument('<volume>', 'name or id')
    .option('--name <name>', 'new name')
    .option('--description <text>', 'new description')
    .option('-p, --property <key=value>', 'add or change metadata; may be repeated', collectPairs)
    .option('--unset <key>', 'remove metadata; may be repeated', collect)
    .option('--bootable', 'mark as bootable')
    .option('--no-bootable', 'mark as not bootable')
    .option('--read-only', 'only readers may attach it')
    .option('--read-write', 'writers may attach it again')
    .option(
      '--status <status>',
      'correct the recorded status (administrators); changes nothing on the backend',
    )
    .action(async (name: string, options: Options, command: Command) => {
      const session = await openSession(command);
      const { setVolume } = await import('../../volume/setVolume.ts');
      const given = command.getOptionValueSource('bootable') === 'cli';
      const { bootable, ...rest } = options;
      const volume = await setVolume(session, name, {
        ...rest,
        ...(given && bootable !== undefined && { bootable }),
      });
      const { printObject } = await import('../../output/print.ts');
      const { volumeFields } = await import('./columns.ts');
      printObject(session.globals, session.globals.json ? volume : volumeFields(volume));
    });
}
