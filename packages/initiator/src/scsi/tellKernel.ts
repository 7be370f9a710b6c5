import { run } from '@scoria/host-exec';
import type { Budget } from '../budget.ts';

const TELL_MS = 60_000;

/**
 * Writes a word to a file of sysfs. By a process of its own: the kernel sends SCSI commands before such a write returns, and on a
 * path that has died it returns only when the transport gives up. A thread of ours would be stuck as long, and there are four.
 *
 * @throws CommandError
 */
export async function tellKernel(file: string, word: string, budget: Budget): Promise<void> {
  await run('tee', [file], {
    input: word,
    asRoot: true,
    deadlineMs: Math.min(TELL_MS, budget.remainingMs),
    signal: budget.signal,
    description: `write "${word}" to ${file}`,
  });
}
