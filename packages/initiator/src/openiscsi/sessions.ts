import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parsePortal } from '../iscsi/portal.ts';
import type { LunAddress } from '../iscsi/proof.ts';
import type { ScsiAddress, ScsiDisk } from '../scsi/scsiDisk.ts';
import { names, type ScsiSysfs, text } from '../scsi/sysfs.ts';

/** What carries iSCSI: TCP, or RDMA by iSER. */
export type IscsiTransport = 'iscsi' | 'iser';

/** Drivers of the kernel (`proc_name` of their SCSI hosts). */
const drivers: Readonly<Record<string, IscsiTransport>> = { iscsi_tcp: 'iscsi', iscsi_iser: 'iser' };

/** A session of the kernel's initiator. */
export interface KernelSession {
  readonly id: string;
  readonly transport: IscsiTransport;
  /** `address:port`, as it was logged in to. */
  readonly portal: string;
  readonly iqn: string;
  /** Commands reach the target: neither logging in for the first time, nor trying to get back. */
  readonly isLoggedIn: boolean;
  /** Where its LUNs appear. */
  readonly address: ScsiAddress;
  /** Its directory (`…/host7/session1`). */
  readonly folder: string;
}

/** All sessions of this host, read from the kernel (no program is run). */
export async function listSessions({ root }: ScsiSysfs): Promise<KernelSession[]> {
  const folder = join(root, 'class/iscsi_session');
  const sessions = await Promise.all(
    (await names(folder)).map((name) => readSession(root, join(folder, name))),
  );
  return sessions.filter((session) => session !== null);
}

/** The session to exactly this portal and target (D11); undefined when there is none. */
export async function sessionTo(
  sysfs: ScsiSysfs,
  transport: IscsiTransport,
  { portal, iqn }: Pick<LunAddress, 'portal' | 'iqn'>,
): Promise<KernelSession | undefined> {
  return (await listSessions(sysfs)).find(
    (session) => session.transport === transport && session.iqn === iqn && samePortal(session.portal, portal),
  );
}

/** The disks of a session, sorted by name. */
export async function disksOf(sysfs: ScsiSysfs, session: KernelSession): Promise<ScsiDisk[]> {
  const targets = (await names(session.folder)).filter((name) => /^target\d+:\d+:\d+$/.test(name));
  const disks = await Promise.all(targets.map((name) => sysfs.disksBelow(join(session.folder, name))));
  return disks.flat();
}

/** Whether two portals are one, however their addresses are written. */
export function samePortal(one: string, other: string): boolean {
  const [a, b] = [parsePortal(one), parsePortal(other)];
  return a.port === b.port && canonical(a.host) === canonical(b.host);
}

/** One way of writing for each IPv6 address (RFC 5952). */
function canonical(host: string): string {
  const url = host.includes(':') ? `http://[${host}]` : `http://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : host.toLowerCase();
}

async function readSession(root: string, path: string): Promise<KernelSession | null> {
  const real = await realpath(path).catch(() => null);
  // …/host7/session1/iscsi_session/session1
  const match = real === null ? null : /\/host(\d+)\/session(\d+)\/iscsi_session\/session\2$/.exec(real);
  const [, host, id] = match ?? [];
  if (real === null || host === undefined || id === undefined) return null;
  const connection = join(root, 'class/iscsi_connection', `connection${id}:0`);
  const [iqn, state, target, driver, address, port] = await Promise.all([
    text(join(real, 'targetname')),
    text(join(real, 'state')),
    text(join(real, 'target_id')),
    text(join(root, 'class/scsi_host', `host${host}`, 'proc_name')),
    text(join(connection, 'persistent_address')),
    text(join(connection, 'persistent_port')),
  ]);
  const transport = drivers[driver];
  if (transport === undefined || iqn === '' || address === '') return null;
  return {
    id,
    transport,
    portal: `${address.includes(':') ? `[${address}]` : address}:${port}`,
    iqn,
    isLoggedIn: state === 'LOGGED_IN',
    // The kernel gives a software session one target, of this number, on channel 0 (scsi_transport_iscsi, iscsi_user_scan).
    address: { host, channel: '0', target: /^\d+$/.test(target) ? target : '0' },
    folder: dirname(dirname(real)),
  };
}
