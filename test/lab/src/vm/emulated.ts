import type { GuestImage } from '../image/image.ts';
import type { GuestCommand, GuestShares } from './guestCommand.ts';

/**
 * Two ports on each of two fabrics, initiator and target; a WWPN is 20:00 and the MAC address. No host network is involved. Cards of
 * a PCI device of their own, as HBAs are: os-brick names disks by the PCI address, and takes what virtio puts below it for that.
 */
const fabricPorts = [
  { hub: 1, mac: '02:fc:00:00:01:10' },
  { hub: 1, mac: '02:fc:00:00:01:20' },
  { hub: 2, mac: '02:fc:00:00:02:10' },
  { hub: 2, mac: '02:fc:00:00:02:20' },
];

/** q35 by emulation: Debian's stock kernel with Fibre Channel and RDMA, on machines that cannot run it natively. The disk is never written to. */
export async function emulated(image: GuestImage, shares: GuestShares): Promise<GuestCommand> {
  const argv = [
    ...['-M', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'Nehalem', '-smp', '2', '-m', '3072'],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', `file:${shares.out}/serial.log`],
    ...['-kernel', image.kernel, '-initrd', image.initrd],
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off apparmor=0 audit=0 nokaslr net.ifnames=0'],
    ...[
      '-drive',
      // Other guests have the image open, too, and nobody writes to it.
      `file=${image.disk},format=raw,file.locking=off,if=none,id=root,snapshot=on`,
      '-device',
      'virtio-blk-pci,drive=root',
    ],
    ...share('checkout', shares.checkout, ',readonly=on'),
    ...share('out', shares.out, ''),
    ...fabricPorts.flatMap(({ hub, mac }, index) => [
      ...['-netdev', `hubport,id=fabric${index},hubid=${hub}`],
      ...['-device', `e1000,netdev=fabric${index},mac=${mac},romfile=`],
    ]),
  ];
  return { program: 'qemu-system-x86_64', argv };
}

function share(tag: string, path: string, more: string): string[] {
  return [
    ...['-fsdev', `local,id=${tag},path=${path},security_model=none,multidevs=remap${more}`],
    ...['-device', `virtio-9p-pci,fsdev=${tag},mount_tag=${tag}`],
  ];
}
