import { Command } from 'commander';
import { backendList } from './list.ts';
import { backendShow } from './show.ts';

/** `scoria backend`. */
export function backendCommand(): Command {
  const command = new Command('backend').description('see backends: state and capacity');
  for (const verb of [backendList, backendShow]) command.addCommand(verb());
  return command;
}
