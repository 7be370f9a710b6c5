import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Budget } from './budget.ts';
import { isLocked, withLunLock } from './lunLock.ts';
import { makePrivate } from './privateDirectory.ts';

/**
 * Runs `use` while no other process of this host works on any of these: the IQNs or port names that an attachment is reached by, and
 * not its LUNs, because what reaches a target is shared by all of its LUNs.
 *
 * @throws ContractError ABORTED when another verb keeps one until the deadline
 */
export async function withHostLocks<T>(
  directory: string,
  names: readonly string[],
  budget: Budget,
  use: () => Promise<T>,
): Promise<T> {
  await makePrivate(directory);
  const locked = lockFiles(directory, names).reduceRight<() => Promise<T>>(
    (inner, file) => () => withLunLock(file, budget, inner),
    use,
  );
  return locked();
}

/** Whether somebody works on one of these now. */
export async function isBusy(directory: string, names: readonly string[]): Promise<boolean> {
  for (const file of lockFiles(directory, names)) if (await isLocked(file)) return true;
  return false;
}

/** In one order everywhere, so that two never wait for each other. */
function lockFiles(directory: string, names: readonly string[]): string[] {
  return [...new Set(names)]
    .sort()
    .map((name) => join(directory, `${createHash('sha256').update(name).digest('hex').slice(0, 16)}.lock`));
}
