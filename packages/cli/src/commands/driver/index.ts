import { Command } from 'commander';
import { driverInspect } from './inspect.ts';
import { driverList } from './list.ts';

/** `scoria driver`. */
export function driverCommand(): Command {
  const command = new Command('driver').description('see the plugins that are installed');
  for (const verb of [driverList, driverInspect]) command.addCommand(verb());
  return command;
}
