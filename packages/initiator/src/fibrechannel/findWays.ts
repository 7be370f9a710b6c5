import { ContractError } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import type { ScsiSysfs } from '../scsi/sysfs.ts';
import { type Attachment, describe } from './attachment.ts';
import { logInAgain } from './logInAgain.ts';
import { isAllowed, type Way, waysOf } from './paths.ts';
import { type HostPort, hostPorts, remotePorts } from './ports.ts';

/**
 * The ways that this host may use and has. A target port that is known, but not as a target, is logged in to again.
 *
 * @throws ContractError NO_FC_HOSTS (no port of this host is online, or none is in the map), VOLUME_DEVICE_NOT_FOUND (none sees a target port); CommandError
 */
export async function findWays(sysfs: ScsiSysfs, attachment: Attachment, budget: Budget): Promise<Way[]> {
  const online = (await hostPorts(sysfs.root)).filter(({ isOnline }) => isOnline);
  const hosts = online.filter((from) =>
    attachment.addresses.some((each) => isAllowed(attachment, from, each)),
  );
  if (hosts.length === 0) throw noHosts(online, attachment);
  const usable = async () =>
    (await waysOf(sysfs, attachment)).filter(
      ({ from, address }) => from.isOnline && isAllowed(attachment, from, address),
    );
  const ways = await usable();
  const again: { from: HostPort; wwpn: string }[] = [];
  for (const from of hosts) {
    const remote = await remotePorts(sysfs.root, from);
    for (const { wwpn } of attachment.addresses) {
      const isKnown = remote.some((each) => each.wwpn === wwpn && each.isOnline);
      if (isKnown && !ways.some((way) => way.from.host === from.host && way.address.wwpn === wwpn))
        again.push({ from, wwpn });
    }
  }
  await Promise.all(again.map(({ from, wwpn }) => logInAgain(sysfs, from, wwpn, budget)));
  const found = again.length === 0 ? ways : await usable();
  if (found.length > 0) return found;
  const [first] = attachment.addresses;
  throw new ContractError(
    'VOLUME_DEVICE_NOT_FOUND',
    `No port of this host has ${first === undefined ? 'the target' : describe(first)} as a target (${hosts.map(({ wwpn }) => wwpn).join(', ')}): check zones and cabling. A port that was given access after it had logged in has to log in again (issue_lip), which is not done while it has disks.`,
    { details: { hosts: hosts.map(({ wwpn }) => wwpn).join(' ') } },
  );
}

function noHosts(online: readonly HostPort[], { allowed }: Attachment): ContractError {
  return new ContractError(
    'NO_FC_HOSTS',
    online.length === 0
      ? 'This host has no Fibre Channel port that is online.'
      : `The connection is for ${[...(allowed?.keys() ?? [])].join(', ')}; the ports of this host that are online are ${online.map(({ wwpn }) => wwpn).join(', ')}.`,
  );
}
