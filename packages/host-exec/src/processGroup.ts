import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { loadExeca } from './loadExeca.ts';

const POLL_MS = 20;
/** How long SIGKILL may take. A process in uninterruptible sleep ignores it for as long as the device does. */
const AFTER_KILL_MS = 2_000;

/**
 * Ends a process group: SIGTERM, then SIGKILL to whatever is left after `graceMs`.
 *
 * @param rootHelper prefix used when the group belongs to root and this process does not
 * @returns whether anything of the group is still running
 */
export async function terminateGroup(
  pgid: number,
  graceMs: number,
  rootHelper: readonly string[],
): Promise<{ leftRunning: boolean }> {
  if (!(await signalGroup(pgid, 'SIGTERM', rootHelper))) return { leftRunning: false };
  if (await goneWithin(pgid, graceMs)) return { leftRunning: false };
  await signalGroup(pgid, 'SIGKILL', rootHelper);
  return { leftRunning: !(await goneWithin(pgid, AFTER_KILL_MS)) };
}

/** Whether a process of the group runs. Zombies do not count: under a slow pid 1 they stay for seconds. */
export async function groupRuns(pgid: number): Promise<boolean> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue; // ended between the two calls
    // proc(5): pid (comm) state ppid pgrp; comm may itself hold blanks and parentheses.
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(pgrp) === pgid && state !== 'Z' && state !== 'X') return true;
  }
  return false;
}

async function goneWithin(pgid: number, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (await groupRuns(pgid)) {
    if (performance.now() >= end) return false;
    await delay(Math.min(POLL_MS, Math.max(1, end - performance.now())));
  }
  return true;
}

/** @returns false when there is no such group any more. */
async function signalGroup(
  pgid: number,
  signal: 'SIGTERM' | 'SIGKILL',
  rootHelper: readonly string[],
): Promise<boolean> {
  try {
    process.kill(-pgid, signal);
    return true;
  } catch (error) {
    if (isErrno(error, 'ESRCH')) return false;
    if (!isErrno(error, 'EPERM')) throw error;
  }
  const [program, ...prefix] = rootHelper;
  if (program === undefined) return true;
  // The group runs as root behind the helper: only the helper may signal it.
  const execa = await loadExeca();
  await execa(program, [...prefix, 'kill', '-s', signal.slice(3), '--', `-${pgid}`], {
    reject: false,
    stdin: 'ignore',
    timeout: AFTER_KILL_MS,
  });
  return true;
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
