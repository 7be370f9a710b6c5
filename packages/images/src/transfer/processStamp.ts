import { readFileSync } from 'node:fs';

/** Field 22 of /proc/PID/stat, counted from behind the name, which may hold anything (proc(5)): when the process began. */
const STARTED = 19;

/** What no other process ever has in common with a process: its number and when it began. Null when there is no such process. */
export function processStamp(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[STARTED];
    return started === undefined ? null : `${pid}-${started}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return null;
    throw error;
  }
}
