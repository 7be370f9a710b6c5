import { ContractError } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { blockUsers } from '../blockUsers.ts';
import type { Budget } from '../budget.ts';

const FLUSH_MS = 300_000;

/**
 * Writes out what this host's cache holds of a block device that nobody uses any more.
 *
 * @param name kernel name, such as `sda` or `dm-0`
 * @throws ContractError VOLUME_IS_BUSY (mounted, or something stands on it); CommandError
 */
export async function flushUnused(
  name: string,
  path: string,
  budget: Budget,
  sysfsRoot: string,
): Promise<void> {
  await refuseWhenUsed(name, path, sysfsRoot);
  const options = {
    asRoot: true,
    deadlineMs: Math.min(FLUSH_MS, budget.remainingMs),
    signal: budget.signal,
    description: `flush ${path}`,
  };
  // fsync(2) says when something could not be written; the kernel's BLKFLSBUF, which blockdev asks for, keeps that to itself.
  await run('sync', [path], options);
  await run('blockdev', ['--flushbufs', path], options);
}

/** @throws ContractError VOLUME_IS_BUSY (mounted, or something stands on it) */
export async function refuseWhenUsed(name: string, path: string, sysfsRoot: string): Promise<void> {
  const users = await blockUsers(name, sysfsRoot);
  if (users.length === 0) return;
  throw new ContractError(
    'VOLUME_IS_BUSY',
    `${path} is in use (${users.join(', ')}): unmount it, then detach.`,
    { details: { device: path, users: users.join(', ') } },
  );
}
