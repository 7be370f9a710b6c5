import { Command, Option } from 'commander';
import { openSession } from '../../action.ts';
import { type InitiatorChoice, initiatorChoices } from '../../attach/chooseInitiator.ts';

interface Options {
  readonly readOnly?: boolean;
  readonly multipath?: boolean;
  readonly initiator: InitiatorChoice;
}

/** `--initiator`. */
export function initiatorOption(): Option {
  return new Option('--initiator <name>', "which initiator of this host; auto prefers the kernel's")
    .choices(initiatorChoices)
    .default('auto');
}

/** `scoria volume attach`. */
export function volumeAttach(): Command {
  return new Command('attach')
    .description('attach a volume to this host; prints the device once it has proven its identity')
    .argument('<volume>', 'name or id')
    .option('--read-only', 'attach for reading only')
    .option('--multipath', 'by all portals, with a multipath map above; needs multipathd')
    .addOption(initiatorOption())
    .action(async (name: string, options: Options, command: Command) => {
      const session = await openSession(command);
      const { attachVolume } = await import('../../attach/attachVolume.ts');
      const { printObject } = await import('../../output/print.ts');
      const { initiator, readOnly = false, multipath = false } = options;
      const attached = await attachVolume(session, name, { initiator, readOnly, multipath });
      const { device, attachmentId, volumeId } = attached;
      printObject(session.globals, {
        device: device.path,
        type: device.type,
        size: device.size,
        read_only: device.readOnly,
        identity: device.identity,
        initiator: device.connector,
        volume_id: volumeId,
        attachment_id: attachmentId,
      });
    });
}
