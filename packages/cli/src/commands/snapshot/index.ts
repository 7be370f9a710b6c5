import { Command } from 'commander';
import { snapshotCreate } from './create.ts';
import { snapshotDelete } from './delete.ts';
import { snapshotList } from './list.ts';
import { snapshotSet } from './set.ts';
import { snapshotShow } from './show.ts';

/** `scoria snapshot`. */
export function snapshotCommand(): Command {
  const command = new Command('snapshot').description('take, list and delete snapshots of volumes');
  for (const verb of [snapshotCreate, snapshotList, snapshotShow, snapshotSet, snapshotDelete])
    command.addCommand(verb());
  return command;
}
