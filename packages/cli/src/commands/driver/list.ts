import { Command } from 'commander';
import { globalsOf } from '../../globals.ts';
import { collect } from '../parse.ts';

interface Options {
  readonly path?: string[];
}

/** `scoria driver list`. */
export function driverList(): Command {
  return new Command('list')
    .alias('ls')
    .description('list installed drivers, target helpers and backing stores; needs no service')
    .option('--path <directory>', 'look here instead of beside Scoria; may be repeated', collect)
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command);
      const { catalogOf } = await import('../../drivers/catalogOf.ts');
      const { printList } = await import('../../output/print.ts');
      const catalog = await catalogOf(options.path);
      printList(globals, catalog.plugins, [
        ['KIND', (plugin) => plugin.kind],
        ['NAME', (plugin) => plugin.name],
        ['PACKAGE', (plugin) => plugin.packageName],
        ['VERSION', (plugin) => plugin.version],
        ['PROTOCOL', (plugin) => plugin.protocol],
        ['DIRECTORY', (plugin) => plugin.directory],
      ]);
      for (const problem of catalog.problems) process.stderr.write(`warning: ${problem.message}\n`);
    });
}
