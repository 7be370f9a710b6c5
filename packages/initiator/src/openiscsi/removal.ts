import { ContractError } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { blockUsers } from '../blockUsers.ts';
import { type Budget, becomesTrue } from '../budget.ts';
import type { Iscsiadm, NodeAddress } from './iscsiadm.ts';
import type { IscsiSysfs } from './sysfs.ts';

const FLUSH_MS = 300_000;
const GONE_MS = 30_000;

/** How a disk in use is removed. */
export interface RemoveDiskOptions {
  readonly force: boolean;
  /** Takes the errors that `force` goes past. */
  readonly errors: unknown[];
  readonly devicePath: string;
  readonly sysfsRoot: string;
}

/**
 * Flushes a disk and makes the kernel forget it, then waits until it is gone. Without options the disk is one that was
 * never handed out, and nothing is flushed. Without `force` a failed flush ends it **before** the deletion: data first.
 *
 * @throws ContractError VOLUME_IS_BUSY; CommandError
 */
export async function removeDisk(
  sysfs: IscsiSysfs,
  name: string,
  budget: Budget,
  options?: RemoveDiskOptions,
): Promise<{ readonly flushed: boolean }> {
  let flushed = options === undefined;
  if (options !== undefined) {
    try {
      await refuseWhenUsed(name, options);
      await run('blockdev', ['--flushbufs', options.devicePath], {
        asRoot: true,
        deadlineMs: Math.min(FLUSH_MS, budget.remainingMs),
        signal: budget.signal,
        description: `flush ${options.devicePath}`,
      });
      flushed = true;
    } catch (error) {
      if (!options.force) throw error;
      options.errors.push(error);
    }
  }
  await sysfs.remove(name);
  if (!(await becomesTrue(GONE_MS, async () => !(await sysfs.exists(name)), 50))) {
    throw new ContractError('DEADLINE_EXCEEDED', `The kernel did not remove ${name}.`, {
      leftBehind: [name],
    });
  }
  return { flushed };
}

/** Logs out, and removes the node record with its credentials. Idempotent. @throws CommandError */
export async function removeNode(
  iscsiadm: Iscsiadm,
  node: NodeAddress,
  loggedIn: boolean,
  budget: Budget,
): Promise<void> {
  if (loggedIn) await iscsiadm.logout(node, budget);
  await iscsiadm.removeNode(node, budget);
}

async function refuseWhenUsed(name: string, options: RemoveDiskOptions): Promise<void> {
  const users = await blockUsers(name, options.sysfsRoot);
  if (users.length === 0) return;
  throw new ContractError(
    'VOLUME_IS_BUSY',
    `${options.devicePath} is in use (${users.join(', ')}): unmount it, then detach.`,
  );
}
