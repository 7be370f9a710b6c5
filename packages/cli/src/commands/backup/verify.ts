import { Command } from 'commander';
import { openSession } from '../../action.ts';

interface Options {
  readonly volume?: string;
}

/** `scoria backup verify`. */
export function backupVerify(): Command {
  return new Command('verify')
    .description('re-read the repository and check every block of its backups (administrators)')
    .argument('[backup]', 'name or id; default: all')
    .option('--volume <volume>', 'all backups of this volume; of one that is gone, by id')
    .action(async (backup: string | undefined, options: Options, command: Command) => {
      const session = await openSession(command);
      const { CliError } = await import('../../cliError.ts');
      if (backup !== undefined && options.volume !== undefined)
        throw new CliError('usage', 'Give a backup or --volume, not both.');
      const { verifyBackups } = await import('../../backup/verifyBackups.ts');
      const { printDone, printList, printObject } = await import('../../output/print.ts');
      const found = await verifyBackups(session, backup, options);
      const { globals } = session;
      if (globals.json) printObject(globals, found);
      else if (found.problems.length > 0)
        printList(globals, found.problems, [
          ['PROBLEM', (problem) => problem.code],
          ['OBJECT', (problem) => problem.object],
          ['BACKUPS LOST', (problem) => problem.backup_ids],
          ['WHAT', (problem) => problem.message],
        ]);
      if (found.problems.length > 0)
        throw new CliError('failed', `The repository has ${found.problems.length} problem(s).`, {
          hint: 'Keep the volumes that these backups are of, and back them up anew with a full backup.',
        });
      printDone(globals, `${found.backups ?? 0} backup(s) are whole.`);
      if (found.unreferenced.length > 0)
        printDone(
          globals,
          `${found.unreferenced.length} object(s) belong to no backup: an interrupted backup left them.`,
        );
    });
}
