import { CommanderError } from 'commander';
import { exitCodes } from './exitCodes.ts';
import { reportError } from './output/reportError.ts';
import { buildProgram } from './program.ts';

/** Runs one command line. @param argv arguments without program and script @returns the exit code */
export async function runCli(argv: readonly string[]): Promise<number> {
  const program = buildProgram();
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // commander has said it already; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    return reportError(error, argv.includes('--json'));
  }
}
