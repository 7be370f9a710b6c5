import { Command, Option } from 'commander';
import { globalsOf } from '../../globals.ts';
import { collect } from '../parse.ts';

interface Options {
  readonly kind?: 'driver' | 'target-helper' | 'backing-store';
  readonly path?: string[];
}

/** `scoria driver inspect`. */
export function driverInspect(): Command {
  return new Command('inspect')
    .description('show a plugin and every option it takes; needs no service, and runs nothing of the plugin')
    .argument('<name>', 'its name, such as iscsi, tgtadm or file')
    .addOption(
      new Option('--kind <kind>', 'when several kinds share the name').choices([
        'driver',
        'target-helper',
        'backing-store',
      ]),
    )
    .option('--path <directory>', 'look here instead of beside Scoria; may be repeated', collect)
    .action(async (name: string, options: Options, command: Command) => {
      const globals = globalsOf(command);
      const { catalogOf } = await import('../../drivers/catalogOf.ts');
      const { inspectPlugin } = await import('../../drivers/inspectPlugin.ts');
      const { print, printObject } = await import('../../output/print.ts');
      const { formatTable } = await import('../../output/table.ts');
      const { plugin, options: all } = await inspectPlugin(await catalogOf(options.path), name, options.kind);
      if (globals.json) return printObject(globals, { ...plugin, options: all });
      printObject(globals, { ...plugin });
      if (globals.quiet) return;
      const rows = all.map((each) => [each.name, each.type, each.default, each.description]);
      print(`\n${formatTable(['OPTION', 'TYPE', 'DEFAULT', 'MEANING'], rows)}`);
    });
}
