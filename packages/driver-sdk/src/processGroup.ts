import { readFileSync } from 'node:fs';

/**
 * Ends this process and, when it leads a process group, everything in that group, so that no child outlives a driver
 * whose supervisor is gone (proc(5), field 5 of stat is the group).
 */
export function endProcessGroup(): never {
  if (leadsGroup()) process.kill(-process.pid, 'SIGKILL');
  process.exit(1);
}

function leadsGroup(): boolean {
  let stat: string;
  try {
    stat = readFileSync('/proc/self/stat', 'utf8');
  } catch {
    // No procfs: only this process is ended then.
    return false;
  }
  // The name in parentheses may hold blanks: fields are counted behind it (state, ppid, pgrp).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[2] === String(process.pid);
}
