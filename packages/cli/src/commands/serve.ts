import { Command } from 'commander';
import { configOption } from './config/option.ts';

interface Options {
  readonly config: string;
}

/** `scoria serve`. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('run the service in the foreground until SIGTERM or SIGINT')
    .addOption(configOption())
    .action(async (options: Options) => {
      const { serve } = await import('../serve/serve.ts');
      await serve(options.config);
    });
}
