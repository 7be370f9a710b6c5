import { setTimeout as delay } from 'node:timers/promises';
import { loadExeca } from './loadExeca.ts';
import { findTree, type Process } from './processTree.ts';

const POLL_MS = 20;
/** How long SIGKILL may take. A process in uninterruptible sleep ignores it for as long as the device does. */
const AFTER_KILL_MS = 1_000;
/** A process may have been forked while the others were signalled. */
const KILL_ROUNDS = 2;

/**
 * Ends a process group and all descendants of it: SIGTERM, then SIGKILL to whatever is left after `graceMs`.
 *
 * @param rootHelper prefix for signalling what belongs to root when this process does not
 * @returns whether anything of it is still running
 */
export async function terminateTree(
  group: number,
  graceMs: number,
  rootHelper: readonly string[],
): Promise<{ leftRunning: boolean }> {
  let left: readonly Process[] = await findTree(group);
  await signalAll(group, left, 'SIGTERM', rootHelper);
  left = await remaining(group, left, graceMs);
  for (let round = 0; round < KILL_ROUNDS && left.length > 0; round += 1) {
    await signalAll(group, left, 'SIGKILL', rootHelper);
    left = await remaining(group, left, AFTER_KILL_MS);
  }
  return { leftRunning: left.length > 0 };
}

/** What is left as soon as that is nothing, or when the time is over. */
async function remaining(
  group: number,
  tree: readonly Process[],
  milliseconds: number,
): Promise<readonly Process[]> {
  const end = performance.now() + milliseconds;
  for (let left = tree; ; ) {
    left = await findTree(group, left);
    if (left.length === 0 || performance.now() >= end) return left;
    await delay(Math.min(POLL_MS, Math.max(1, end - performance.now())));
  }
}

async function signalAll(
  group: number,
  tree: readonly Process[],
  signal: 'SIGTERM' | 'SIGKILL',
  rootHelper: readonly string[],
): Promise<void> {
  // The group in one go: a member cannot fork its way out between two signals.
  const inside = (process: Process): boolean => process.group === group;
  if (tree.some(inside)) signalled(-group, signal);
  // A group counts as signalled when one member was: sudo itself may be ours while its command is root's. So each is asked (0).
  const forbidden = tree.filter((process) => !signalled(process.pid, inside(process) ? 0 : signal));
  const [program, ...prefix] = rootHelper;
  if (forbidden.length === 0 || program === undefined) return;
  const execa = await loadExeca();
  // They run as root behind the helper: only the helper may signal them. Who is left is looked up afterwards.
  await execa(
    program,
    [...prefix, 'kill', '-s', signal.slice(3), '--', ...forbidden.map(({ pid }) => String(pid))],
    {
      reject: false,
      stdin: 'ignore',
      timeout: AFTER_KILL_MS,
    },
  );
}

/** @returns false when this user may not. */
function signalled(target: number, signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ESRCH') return true;
    if (code === 'EPERM') return false;
    throw error;
  }
}
