import { Command } from 'commander';
import { configCheck } from './check.ts';
import { configShow } from './show.ts';

/** `scoria config`. */
export function configCommand(): Command {
  const command = new Command('config').description('check and show a configuration; needs no service');
  for (const verb of [configCheck, configShow]) command.addCommand(verb());
  return command;
}
