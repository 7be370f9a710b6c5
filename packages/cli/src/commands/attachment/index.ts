import { Command } from 'commander';
import { attachmentDelete } from './delete.ts';
import { attachmentList } from './list.ts';
import { attachmentShow } from './show.ts';

/** `scoria attachment`. */
export function attachmentCommand(): Command {
  const command = new Command('attachment').description('list and revoke what hosts have of volumes');
  for (const verb of [attachmentList, attachmentShow, attachmentDelete]) command.addCommand(verb());
  return command;
}
