import { exitCodes } from './exitCodes.ts';
import { runCli } from './runCli.ts';

// A reader that went away (a pager, head) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.failed),
);
process.exitCode = await runCli(process.argv.slice(2));
