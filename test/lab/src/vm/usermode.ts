import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@scoria/host-exec';
import type { GuestImage } from '../image/image.ts';
import type { GuestCommand, GuestShares } from './guestCommand.ts';

/**
 * Debian's kernel as a process of this machine (User-Mode Linux): it has no devices of its own, but runs at nearly the machine's speed.
 * What it writes to its disk goes to a file beside its results.
 */
export async function usermode(
  image: GuestImage,
  { checkout, out, boot }: GuestShares,
): Promise<GuestCommand> {
  const wholeXstate = join(out, 'wholeXstate.so');
  const source = fileURLToPath(new URL('wholeXstate.c', import.meta.url));
  await run('tcc', ['-shared', '-nostdlib', '-o', wholeXstate, source]);
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
    ...[`lab_checkout=${checkout}`, `lab_out=${out}`, `LAB_BOOT=${boot}`],
  ];
  return { program: image.usermodeKernel, argv, env: { LD_PRELOAD: wholeXstate } };
}

/**
 * Why this host cannot run that kernel (no ptrace, a sandbox, another processor); undefined when it can. Asked of the kernel alone, so
 * that a guest that comes to grief later is a failure and not an excuse.
 */
export async function whyNoUsermode({ usermodeKernel }: GuestImage): Promise<string | undefined> {
  const argv = ['mem=64M', 'con=null', 'con0=null,fd:1', 'panic=-1'];
  const { stdout, stderr } = await run(usermodeKernel, argv, { exitCodes: 'any', deadlineMs: 30_000 });
  // Without a disk it ends in a panic, and what it says of that may be cut; but this is what it says first.
  if (stdout.includes('Linux version')) return undefined;
  return `User-Mode Linux does not start here: ${`${stdout}${stderr}`.trim().slice(-300)}`;
}
