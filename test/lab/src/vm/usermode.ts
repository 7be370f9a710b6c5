import { join } from 'node:path';
import type { GuestImage } from '../image/image.ts';
import type { GuestCommand, GuestShares } from './guestCommand.ts';

/**
 * Debian's kernel as a process of this machine (User-Mode Linux): it has no devices of its own, but runs at nearly the machine's speed.
 * What it writes to its disk goes to a file beside its results.
 */
export function usermode(image: GuestImage, { checkout, out }: GuestShares): GuestCommand {
  const argv = [
    ...[
      'mem=2200M',
      `ubd0=${join(out, 'disk.cow')},${image.disk}`,
      'root=/dev/ubda',
      'rootfstype=ext4',
      'rw',
    ],
    ...[`uml_dir=${join(out, 'uml')}`, 'init=/sbin/lab-init', 'quiet', 'panic=-1'],
    ...['con=null', 'con0=null,fd:1'],
    // The kernel hands these to its first process as environment.
    ...[`lab_checkout=${checkout}`, `lab_out=${out}`],
  ];
  return { program: image.usermodeKernel, argv };
}
