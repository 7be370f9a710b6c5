import type { ScsiDisk } from '../scsi/scsiDisk.ts';
import type { ScsiSysfs } from '../scsi/sysfs.ts';
import type { Attachment, PortAddress } from './attachment.ts';
import { type HostPort, hostPorts, remotePorts, type TargetPort, targetPorts } from './ports.ts';

/** A way to a LUN from a port of this host. */
export interface Way {
  readonly address: PortAddress;
  readonly from: HostPort;
  readonly target: TargetPort;
}

/** A way that has a disk. */
export interface FcPath extends Way {
  readonly disk: ScsiDisk;
}

/** Whether a port of this host may use a target port (`initiator_target_map`). */
export function isAllowed({ allowed }: Attachment, from: HostPort, { wwpn }: PortAddress): boolean {
  return allowed === null || (allowed.get(from.wwpn)?.has(wwpn) ?? false);
}

/** All ways that the kernel has, whoever may use them. */
export async function waysOf({ root }: ScsiSysfs, { addresses }: Attachment): Promise<Way[]> {
  const ways = await Promise.all(
    (await hostPorts(root)).map(async (from) => {
      const targets = await targetPorts(root, from);
      return addresses.flatMap((address) =>
        targets.filter(({ wwpn }) => wwpn === address.wwpn).map((target) => ({ address, from, target })),
      );
    }),
  );
  return ways.flat();
}

/** All paths of an attachment that are on this host, however they came here. */
export async function pathsOf(sysfs: ScsiSysfs, attachment: Attachment): Promise<FcPath[]> {
  const found = await Promise.all((await waysOf(sysfs, attachment)).map((way) => pathBy(sysfs, way)));
  return found.filter((path) => path !== null);
}

/** The disk that a way has; null while it has none. */
export async function pathBy(sysfs: ScsiSysfs, way: Way): Promise<FcPath | null> {
  const disks = await sysfs.disksBelow(way.target.directory);
  const disk = disks.find(({ lun }) => lun === way.address.lun);
  return disk === undefined ? null : { ...way, disk };
}

/** Whether commands reach the volume by this path now. On one that is down a command hangs until the transport gives up. */
export async function isUp(sysfs: ScsiSysfs, { from, target, disk }: FcPath): Promise<boolean> {
  const remote = (await remotePorts(sysfs.root, from)).find(({ wwpn }) => wwpn === target.wwpn);
  return remote?.isOnline === true && (await sysfs.isRunning(disk));
}
