import type { Transport } from '../paths/transport.ts';
import { removeDisk } from '../scsi/removeDisk.ts';
import { type Attachment, describe, handleOf, overlaps, parseHandle } from './attachment.ts';
import type { FcHost } from './host.ts';
import { type FcPath, isUp, pathsOf } from './paths.ts';
import { hostPorts, targetPorts } from './ports.ts';

/** Fibre Channel. There is no logout: ports stay logged in whatever LUNs they use. */
export function fcTransport({ sysfs }: FcHost): Transport<Attachment, FcPath> {
  return {
    handleOf,
    parseHandle,
    overlaps,
    keyOf: ({ addresses: [first] }) => [first?.wwpn, String(first?.lun)].join('\0'),
    nameOf: ({ addresses: [first] }) => (first === undefined ? 'the volume' : describe(first)),
    // What one verb's scan brings in must not be taken for what another does.
    sharedNames: ({ addresses }) => addresses.map(({ wwpn }) => wwpn),
    withWaysOf: (attachment, other) => {
      const others = other.addresses.filter(
        ({ wwpn }) => !attachment.addresses.some((each) => each.wwpn === wwpn),
      );
      return { ...attachment, addresses: [...attachment.addresses, ...others] };
    },
    targetOf: () => null,
    pathsOf: (attachment) => pathsOf(sysfs, attachment),
    listPresent: () => listPresent(sysfs),
    describe: ({ address }) => describe(address),
    isUp: (path) => isUp(sysfs, path),
    takeDisk: ({ disk }, budget) => removeDisk(sysfs, disk, budget),
    isLoggedIn: async () => false,
    logouts: () => [],
  };
}

/** One LUN by several ports of this host is one attachment. */
async function listPresent(sysfs: FcHost['sysfs']): Promise<Attachment[]> {
  const present = new Map<string, Attachment>();
  for (const from of await hostPorts(sysfs.root)) {
    for (const { wwpn, directory } of await targetPorts(sysfs.root, from)) {
      for (const { lun } of await sysfs.disksBelow(directory)) {
        const attachment = { addresses: [{ wwpn, lun }], allowed: null };
        present.set(handleOf(attachment), attachment);
      }
    }
  }
  return [...present.values()];
}
