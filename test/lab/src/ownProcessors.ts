import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Numbers of the processors that this process may use, no more than it is given the time of (proc_pid_status(5), cgroups(7)). */
export function ownProcessors(): number[] {
  const status = readFileSync('/proc/self/status', 'utf8');
  return processorsOf(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '0').slice(
    0,
    availableParallelism(),
  );
}

/** The numbers that a list such as `0-1,4` means (cpuset(7), "List format"). */
export function processorsOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
