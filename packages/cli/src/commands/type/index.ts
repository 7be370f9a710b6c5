import { Command } from 'commander';
import { typeCreate } from './create.ts';
import { typeDelete } from './delete.ts';
import { typeList } from './list.ts';
import { typeSet } from './set.ts';
import { typeShow } from './show.ts';

/** `scoria type`. */
export function typeCommand(): Command {
  const command = new Command('type').description('list and change volume types');
  for (const verb of [typeCreate, typeList, typeShow, typeSet, typeDelete]) command.addCommand(verb());
  return command;
}
