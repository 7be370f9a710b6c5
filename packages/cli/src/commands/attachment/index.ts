import { Command } from 'commander';
import { attachmentClean } from './clean.ts';
import { attachmentDelete } from './delete.ts';
import { attachmentList } from './list.ts';
import { attachmentLocal } from './local.ts';
import { attachmentShow } from './show.ts';

/** `scoria attachment`. */
export function attachmentCommand(): Command {
  const command = new Command('attachment').description('list and revoke what hosts have of volumes');
  for (const verb of [attachmentList, attachmentShow, attachmentDelete, attachmentLocal, attachmentClean])
    command.addCommand(verb());
  return command;
}
