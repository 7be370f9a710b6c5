import { Command } from 'commander';
import { globalsOf } from '../../globals.ts';
import { configOption } from './option.ts';

interface Options {
  readonly config: string;
}

/** `scoria config show`. */
export function configShow(): Command {
  return new Command('show')
    .description('show a configuration as it will be used: defaults filled in, secrets masked')
    .addOption(configOption())
    .action(async (options: Options, command: Command) => {
      const globals = globalsOf(command);
      const { loadOrFail } = await import('../../config/loadOrFail.ts');
      const { print } = await import('../../output/print.ts');
      const { describeConfig } = await import('@scoria/service/config');
      const shown = describeConfig(await loadOrFail(options.config));
      if (globals.quiet) return;
      if (globals.json) return print(JSON.stringify(shown, null, 2));
      const { formatTree } = await import('../../output/tree.ts');
      print(formatTree(shown));
    });
}
