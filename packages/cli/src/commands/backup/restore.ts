import { Command } from 'commander';
import { openSession } from '../../action.ts';

interface Options {
  readonly volume?: string;
  readonly name?: string;
  readonly wait: boolean;
}

/** `scoria backup restore`. */
export function backupRestore(): Command {
  return new Command('restore')
    .description('restore a backup to a new volume, or over a volume that is not attached; Ctrl-C cancels it')
    .argument('<backup>', 'name or id')
    .option('--volume <volume>', 'overwrite this volume; default: a new one')
    .option('--name <name>', 'name of the new volume')
    .option('--no-wait', 'return as soon as the request is accepted')
    .action(async (backup: string, options: Options, command: Command) => {
      const session = await openSession(command);
      const { CliError } = await import('../../cliError.ts');
      if (options.volume !== undefined && options.name !== undefined)
        throw new CliError('usage', 'Give --volume or --name, not both: only a new volume gets a name.');
      const { restoreBackup } = await import('../../backup/restoreBackup.ts');
      const { printObject } = await import('../../output/print.ts');
      const { volumeFields } = await import('../volume/columns.ts');
      const volume = await restoreBackup(session, backup, options);
      printObject(session.globals, session.globals.json ? volume : volumeFields(volume));
    });
}
