import { Command } from 'commander';
import { globalsOf } from '../../globals.ts';
import { configOption } from './option.ts';

interface Options {
  readonly config: string;
}

/** `scoria config check`. */
export function configCheck(): Command {
  return new Command('check')
    .description('check a configuration; starts nothing')
    .addOption(configOption())
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command);
      const { loadOrFail } = await import('../../config/loadOrFail.ts');
      const { printDone, printObject } = await import('../../output/print.ts');
      const { file, backends, warnings } = await loadOrFail(options.config);
      const names = backends.map((backend) => backend.name);
      if (globals.json) return printObject(globals, { file, ok: true, backends: names, warnings });
      printDone(
        globals,
        `${file} is right: ${names.length === 0 ? 'no backend' : `backends ${names.join(', ')}`}.`,
      );
    });
}
