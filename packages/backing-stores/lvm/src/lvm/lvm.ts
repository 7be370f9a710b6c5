import { ProgramNotFoundError, run } from '@scoria/host-exec';

/** LVM waits for its locks: a command may be long for what others do. */
const DEADLINE_MS = 300_000;
/** A killed command can leave devices suspended: it is given time to end by itself. */
const GRACE_MS = 60_000;

/** Programs of lvm2, and what zeroes a range. */
export type LvmProgram =
  | 'lvs'
  | 'vgs'
  | 'lvcreate'
  | 'lvchange'
  | 'lvconvert'
  | 'lvextend'
  | 'lvremove'
  | 'lvrename'
  | 'vgchange'
  | 'blkdiscard';

/**
 * Runs one command of lvm2 as root. LVM itself lets one command at a time change a group, among all processes of the host (lvmlockctl(8),
 * file locks in /run/lock/lvm).
 *
 * @throws CommandError
 */
export async function lvm(program: LvmProgram, args: readonly (string | number)[]): Promise<string> {
  const { stdout } = await run(program, args, {
    asRoot: true,
    deadlineMs: DEADLINE_MS,
    killGraceMs: GRACE_MS,
    env: { LVM_SUPPRESS_FD_WARNINGS: '1' },
  });
  return stdout;
}

/** Waits until udev has handled what the kernel told it, so that nodes are there, and udev's own look at them is over (udevadm(8)). */
export async function settle(): Promise<void> {
  try {
    // It ends with 1 when the time is over: then what waits for the nodes says which is missing.
    await run('udevadm', ['settle', '--timeout=30'], { deadlineMs: 60_000, exitCodes: [0, 1] });
  } catch (error) {
    // Without udev, LVM makes the nodes itself.
    if (!(error instanceof ProgramNotFoundError)) throw error;
  }
}
