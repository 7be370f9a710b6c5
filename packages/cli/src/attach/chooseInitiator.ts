import type { ConnectionInfo } from '@scoria/core/contract';
import type { InitiatorConnector, IscsiInitiatorChoice } from '@scoria/initiator';
import { CliError } from '../cliError.ts';

/** What `--initiator` takes. */
export const initiatorChoices = [
  'auto',
  'userland',
  'open-iscsi',
] as const satisfies readonly IscsiInitiatorChoice[];

/** A value of `--initiator`. */
export type InitiatorChoice = IscsiInitiatorChoice;

/**
 * The initiator that attaches such a connection to this host.
 *
 * @param multipath by all portals, with a multipath map above; detaching finds out by itself
 * @throws CliError failed when there is none; usage when it cannot do multipath
 */
export async function initiatorFor(
  type: ConnectionInfo['driver_volume_type'],
  choice: InitiatorChoice,
  multipath = false,
): Promise<InitiatorConnector> {
  const { createInitiator, iscsiInitiator } = await import('@scoria/initiator');
  const openIscsi = { multipath };
  if (type === 'local') return createInitiator('local');
  // RDMA is the kernel's.
  if (type === 'iser') return createInitiator('open-iscsi', { openIscsi });
  if (type === 'iscsi') {
    const name = iscsiInitiator(choice);
    if (multipath && name !== 'open-iscsi')
      throw new CliError('usage', `The ${name} initiator takes one path at a time.`, {
        hint: "Leave --multipath out, or use the kernel's initiator: --initiator open-iscsi.",
      });
    return createInitiator(name, { openIscsi });
  }
  if (type === 'fibre_channel') return createInitiator('fibre-channel', { fibreChannel: { multipath } });
  throw new CliError('failed', `No initiator of this host attaches ${type} volumes.`);
}
