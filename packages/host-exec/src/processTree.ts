import { readdir, readFile } from 'node:fs/promises';

/** A running process. Its start time tells it from a later one with the same pid. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** In clock ticks since boot. */
  readonly startTime: string;
}

/**
 * All running processes of a process group, and all descendants of those, also where they left the group (sudo with `use_pty`
 * runs its command in a session of its own).
 *
 * @param known members found before: they stay members when their parents die
 */
export async function findTree(group: number, known: readonly Process[] = []): Promise<Process[]> {
  const running = await listProcesses();
  const members = new Map<number, Process>();
  for (const process of running) {
    const isKnown = known.some(
      ({ pid, startTime }) => pid === process.pid && startTime === process.startTime,
    );
    if (process.group === group || isKnown) members.set(process.pid, process);
  }
  for (let grown = true; grown; ) {
    const children = running.filter(({ pid, parent }) => !members.has(pid) && members.has(parent));
    for (const child of children) members.set(child.pid, child);
    grown = children.length > 0;
  }
  return [...members.values()];
}

async function listProcesses(): Promise<Process[]> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(entries.map(readProcess));
  return found.filter((process) => process !== undefined);
}

/** proc_pid_stat(5). Zombies are not running: under a slow pid 1 they stay for seconds. */
async function readProcess(entry: string): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => null);
  if (stat === null) return undefined; // ended since the directory was read
  // The second field, the command in parentheses, may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  const startTime = fields[19];
  if (state === 'Z' || state === 'X' || startTime === undefined) return undefined;
  return { pid: Number(entry), parent: Number(parent), group: Number(group), startTime };
}
