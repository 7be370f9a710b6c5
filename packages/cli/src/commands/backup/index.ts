import { Command } from 'commander';
import { backupCreate } from './create.ts';
import { backupDelete } from './delete.ts';
import { backupExport } from './export.ts';
import { backupImport } from './import.ts';
import { backupList } from './list.ts';
import { backupRestore } from './restore.ts';
import { backupSet } from './set.ts';
import { backupShow } from './show.ts';
import { backupVerify } from './verify.ts';

/** `scoria backup`. */
export function backupCommand(): Command {
  const command = new Command('backup').description('back volumes up, restore and verify backups');
  const verbs = [
    backupCreate,
    backupList,
    backupShow,
    backupSet,
    backupRestore,
    backupVerify,
    backupExport,
    backupImport,
    backupDelete,
  ];
  for (const verb of verbs) command.addCommand(verb());
  return command;
}
