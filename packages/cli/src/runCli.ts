import { CommanderError } from 'commander';
import { CliError } from './cliError.ts';
import { exitCodes } from './exitCodes.ts';
import { reportError } from './output/reportError.ts';
import { buildProgram } from './program.ts';

/** Runs one command line. @param argv arguments without program and script @returns the exit code */
export async function runCli(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const program = buildProgram(json);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    // commander has said it already; help and version are no errors.
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok;
      return json ? reportError(usageError(error), true) : exitCodes.usage;
    }
    return reportError(error, json);
  }
}

/** What commander has to say, of which a program wants the text and not the lines about help. */
function usageError(error: CommanderError): CliError {
  const message =
    error.code === 'commander.help' ? 'A command is missing.' : error.message.replace(/^error: /, '');
  return new CliError('usage', message.replaceAll(/\s*\n\s*/g, ' '), { hint: '--help shows how to use it.' });
}
