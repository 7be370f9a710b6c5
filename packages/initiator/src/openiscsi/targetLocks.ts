import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Budget } from '../budget.ts';
import { isLocked, withLunLock } from '../lunLock.ts';
import { makePrivate } from '../privateDirectory.ts';
import type { Attachment } from './attachment.ts';

/**
 * Runs `use` while no other process of this host works on the same targets. Per target and not per LUN, because sessions are shared:
 * one must not log out where another has just found a session.
 *
 * @throws ContractError ABORTED when another verb keeps a target until the deadline
 */
export async function withTargetLocks<T>(
  directory: string,
  attachment: Attachment,
  budget: Budget,
  use: () => Promise<T>,
): Promise<T> {
  await makePrivate(directory);
  // In one order everywhere, so that two never wait for each other.
  const [first, ...others] = lockFiles(directory, attachment);
  const locked = others.reduceRight<() => Promise<T>>(
    (inner, file) => () => withLunLock(file, budget, inner),
    use,
  );
  return first === undefined ? use() : withLunLock(first, budget, locked);
}

/** Whether somebody works on a target of the attachment now. */
export async function isBusy(directory: string, attachment: Attachment): Promise<boolean> {
  for (const file of lockFiles(directory, attachment)) if (await isLocked(file)) return true;
  return false;
}

function lockFiles(directory: string, { addresses }: Attachment): string[] {
  return [...new Set(addresses.map(({ iqn }) => iqn))]
    .sort()
    .map((iqn) => join(directory, `${createHash('sha256').update(iqn).digest('hex').slice(0, 16)}.lock`));
}
