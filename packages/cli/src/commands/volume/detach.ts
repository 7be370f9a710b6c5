import { Command } from 'commander';
import { openSession } from '../../action.ts';
import type { InitiatorChoice } from '../../attach/chooseInitiator.ts';
import { initiatorOption } from './attach.ts';

interface Options {
  readonly force?: boolean;
  readonly attachment?: string;
  readonly initiator: InitiatorChoice;
}

/** `scoria volume detach`. */
export function volumeDetach(): Command {
  return new Command('detach')
    .description('detach a volume from this host')
    .argument('<volume>', 'name or id')
    .option('--attachment <id>', 'which attachment, when there are several')
    .option('--force', 'run every step even when one fails; data that cannot be written any more is lost')
    .addOption(initiatorOption())
    .action(async (name: string, options: Options, command: Command) => {
      const session = await openSession(command);
      const { detachVolume } = await import('../../attach/detachVolume.ts');
      const { printDone, printObject } = await import('../../output/print.ts');
      const { initiator, attachment, force } = options;
      const detached = await detachVolume(session, name, {
        initiator,
        force: force === true,
        ...(attachment !== undefined && { attachment }),
      });
      if (session.globals.json) return printObject(session.globals, { ...detached });
      printDone(session.globals, `Detached volume ${name}.`);
      if (!detached.flushed)
        process.stderr.write('The path was dead: what this host had not written yet is lost.\n');
      for (const warning of detached.warnings) process.stderr.write(`warning: ${warning}\n`);
    });
}
