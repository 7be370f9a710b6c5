import { Command } from 'commander';
import { volumeAttach } from './attach.ts';
import { volumeCreate } from './create.ts';
import { volumeDelete } from './delete.ts';
import { volumeDetach } from './detach.ts';
import { volumeExtend } from './extend.ts';
import { volumeList } from './list.ts';
import { volumeSet } from './set.ts';
import { volumeShow } from './show.ts';
import { volumeUpload } from './upload.ts';

/** `scoria volume`. */
export function volumeCommand(): Command {
  const verbs = [
    volumeCreate,
    volumeList,
    volumeShow,
    volumeSet,
    volumeExtend,
    volumeAttach,
    volumeDetach,
    volumeUpload,
    volumeDelete,
  ];
  const command = new Command('volume').description('create, attach, extend, upload and delete volumes');
  for (const verb of verbs) command.addCommand(verb());
  return command;
}
