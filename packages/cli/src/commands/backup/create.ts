import { Command } from 'commander';
import { openSession } from '../../action.ts';
import { collectPairs } from '../parse.ts';

interface Options {
  readonly description?: string;
  readonly incremental?: boolean;
  readonly snapshot?: string;
  readonly force?: boolean;
  readonly property?: Record<string, string>;
  readonly wait: boolean;
}

/** `scoria backup create`. */
export function backupCreate(): Command {
  return new Command('create')
    .description('back a volume up; Ctrl-C cancels and removes the backup')
    .argument('<volume>', 'name or id of the volume')
    .argument('[name]', 'name of the backup')
    .option('--description <text>', 'what it is for')
    .option('-i, --incremental', 'store only what changed since the newest backup of the volume')
    .option('--snapshot <snapshot>', 'back up this snapshot of the volume')
    .option('--force', 'also when the volume is attached: the backup is as after a power cut')
    .option('-p, --property <key=value>', 'metadata; may be repeated', collectPairs)
    .option('--no-wait', 'return as soon as the request is accepted')
    .action(async (volume: string, name: string | undefined, options: Options, command: Command) => {
      const session = await openSession(command);
      const { backupVolume } = await import('../../backup/backupVolume.ts');
      const { printObject } = await import('../../output/print.ts');
      const { backupFields } = await import('./columns.ts');
      const backup = await backupVolume(session, volume, { ...options, ...(name !== undefined && { name }) });
      printObject(session.globals, session.globals.json ? backup : backupFields(backup));
    });
}
