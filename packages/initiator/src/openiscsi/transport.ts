import { Budget } from '../budget.ts';
import { describe } from '../iscsi/proof.ts';
import type { Transport } from '../paths/transport.ts';
import { removeDisk, waitUntilGone } from '../scsi/removeDisk.ts';
import { type Attachment, handleOf, overlaps, parseHandle } from './attachment.ts';
import { endSession } from './endSession.ts';
import type { OpenIscsiHost } from './host.ts';
import { type IscsiPath, isUp, pathsOf } from './paths.ts';
import { disksOf, listSessions, sessionTo } from './sessions.ts';

const UNDO_MS = 120_000;
const GONE_MS = 30_000;

/** iSCSI and iSER. */
export function iscsiTransport(host: OpenIscsiHost): Transport<Attachment, IscsiPath> {
  const { sysfs } = host;
  return {
    handleOf,
    parseHandle,
    overlaps,
    keyOf: ({ transport, addresses: [first] }) => [transport, first?.iqn, String(first?.lun)].join('\0'),
    nameOf: ({ addresses: [first] }) => (first === undefined ? 'the volume' : describe(first)),
    // Sessions are shared by the LUNs of a target: one must not log out where another has just found a session.
    sharedNames: ({ addresses }) => addresses.map(({ iqn }) => iqn),
    withWaysOf: (attachment, other) => {
      const others = other.addresses.filter(
        ({ portal, iqn }) => !attachment.addresses.some((each) => each.portal === portal && each.iqn === iqn),
      );
      return { ...attachment, addresses: [...attachment.addresses, ...others] };
    },
    targetOf: ({ addresses: [first = null] }) => first,
    pathsOf: (attachment) => pathsOf(sysfs, attachment),
    listPresent: () => listPresent(host),
    describe: ({ address }) => describe(address),
    isUp: (path) => isUp(sysfs, path),
    takeDisk: (path, budget) => takeDisk(host, path, budget),
    isLoggedIn: async ({ transport, addresses }) => {
      const sessions = await Promise.all(addresses.map((address) => sessionTo(sysfs, transport, address)));
      return sessions.some((session) => session !== undefined);
    },
    logouts: ({ transport, addresses }) =>
      addresses.map((address) => (budget) => endSession(host, { ...address, transport }, budget)),
  };
}

async function listPresent({ sysfs }: OpenIscsiHost): Promise<Attachment[]> {
  const present: Attachment[] = [];
  for (const session of await listSessions(sysfs)) {
    const { transport, portal, iqn } = session;
    for (const { lun } of await disksOf(sysfs, session))
      present.push({ transport, addressing: 'SAM', addresses: [{ portal, iqn, lun }] });
  }
  return present;
}

/** One whose session is down goes with it: the kernel would wait for the path before. */
async function takeDisk(host: OpenIscsiHost, path: IscsiPath, budget: Budget): Promise<void> {
  if (await endWithDisk(host, path, budget)) return;
  try {
    await removeDisk(host.sysfs, path.disk, budget);
  } catch (error) {
    // It may have died since.
    if (!(await endWithDisk(host, path, new Budget({}, UNDO_MS)))) throw error;
  }
}

/** Ends a session that is down and has no other disk than this. @returns whether it was so */
async function endWithDisk(
  { sysfs, iscsiadm }: OpenIscsiHost,
  { address, session: { transport }, disk }: IscsiPath,
  budget: Budget,
): Promise<boolean> {
  const session = await sessionTo(sysfs, transport, address);
  if (session === undefined || session.isLoggedIn || (await disksOf(sysfs, session)).length > 1) return false;
  await iscsiadm.logout({ ...address, transport }, budget);
  await waitUntilGone(sysfs, disk, GONE_MS);
  return true;
}
