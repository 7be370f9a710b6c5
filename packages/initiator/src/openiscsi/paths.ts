import type { LunAddress } from '../iscsi/proof.ts';
import { kernelLun } from '../scsi/kernelLun.ts';
import type { ScsiDisk } from '../scsi/scsiDisk.ts';
import type { ScsiSysfs } from '../scsi/sysfs.ts';
import type { Attachment } from './attachment.ts';
import { disksOf, type KernelSession, sessionTo } from './sessions.ts';

/** One way to a volume, as it is on this host. */
export interface IscsiPath {
  readonly address: LunAddress;
  readonly session: KernelSession;
  readonly disk: ScsiDisk;
}

/** The path by one portal; null when there is no session, or no disk of it. */
export async function pathTo(
  sysfs: ScsiSysfs,
  { transport, addressing }: Pick<Attachment, 'transport' | 'addressing'>,
  address: LunAddress,
): Promise<IscsiPath | null> {
  const session = await sessionTo(sysfs, transport, address);
  if (session === undefined) return null;
  const lun = kernelLun(address.lun, addressing);
  const disk = (await disksOf(sysfs, session)).find((each) => each.lun === lun);
  return disk === undefined ? null : { address, session, disk };
}

/** All paths of an attachment that are on this host, however they came here. */
export async function pathsOf(sysfs: ScsiSysfs, attachment: Attachment): Promise<IscsiPath[]> {
  const paths = await Promise.all(attachment.addresses.map((address) => pathTo(sysfs, attachment, address)));
  return paths.filter((path) => path !== null);
}

/** Whether commands reach the volume by this path now. On one that is down a command hangs until the transport gives up. */
export async function isUp(sysfs: ScsiSysfs, { session, disk }: IscsiPath): Promise<boolean> {
  return session.isLoggedIn && (await sysfs.isRunning(disk));
}
