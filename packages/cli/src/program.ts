import { Command } from 'commander';
import { attachmentCommand } from './commands/attachment/index.ts';
import { backendCommand } from './commands/backend/index.ts';
import { backupCommand } from './commands/backup/index.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config/index.ts';
import { doctorCommand } from './commands/doctor.ts';
import { driverCommand } from './commands/driver/index.ts';
import { serveCommand } from './commands/serve.ts';
import { snapshotCommand } from './commands/snapshot/index.ts';
import { typeCommand } from './commands/type/index.ts';
import { volumeCommand } from './commands/volume/index.ts';
import { exitCodeMeanings, exitCodes } from './exitCodes.ts';
import { addGlobals } from './globals.ts';
import { VERSION } from './version.ts';

/**
 * The whole command line. Building it imports nothing heavy: each command's action imports what it works with.
 *
 * @param json usage errors are not written: the caller writes them as JSON
 */
export function buildProgram(json = false): Command {
  const program = new Command('scoria')
    .description('block storage: run the service, and work with volumes, snapshots, backups and backends')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addHelpText('after', `\nExit codes:\n${exitCodeLines()}`)
    .showSuggestionAfterError();
  addGlobals(program);
  for (const command of [
    serveCommand,
    volumeCommand,
    snapshotCommand,
    backupCommand,
    attachmentCommand,
    typeCommand,
    backendCommand,
    driverCommand,
    configCommand,
    doctorCommand,
    completionCommand,
  ]) {
    program.addCommand(command());
  }
  for (const command of everyCommand(program)) {
    if (json) command.configureOutput({ writeErr: () => undefined });
    command.exitOverride().showHelpAfterError('(--help shows how to use it)');
  }
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function exitCodeLines(): string {
  return Object.entries(exitCodes)
    .map(
      ([name, code]) => `  ${String(code).padStart(3)}  ${exitCodeMeanings[name as keyof typeof exitCodes]}`,
    )
    .join('\n');
}
