import { ContractError } from '@scoria/core/contract';
import { type Budget, becomesTrue } from '../budget.ts';
import type { ScsiDisk } from './scsiDisk.ts';
import type { ScsiSysfs } from './sysfs.ts';

const GONE_MS = 30_000;

/**
 * Makes the kernel forget a disk and waits until all of it is gone, its node in `/dev` included. Flushing comes before
 * ({@link flushUnused}). Idempotent.
 *
 * @throws ContractError DEADLINE_EXCEEDED with what is left; CommandError
 */
export async function removeDisk(sysfs: ScsiSysfs, disk: ScsiDisk, budget: Budget): Promise<void> {
  try {
    await sysfs.remove(disk, budget);
  } catch (error) {
    // The file goes with the disk: somebody was quicker.
    if (!(await sysfs.isGone(disk))) throw error;
  }
  await waitUntilGone(sysfs, disk, GONE_MS);
}

/** @throws ContractError DEADLINE_EXCEEDED with what is left */
export async function waitUntilGone(sysfs: ScsiSysfs, disk: ScsiDisk, milliseconds: number): Promise<void> {
  if (await becomesTrue(milliseconds, () => sysfs.isGone(disk), 20)) return;
  throw new ContractError('DEADLINE_EXCEEDED', `The kernel did not remove ${sysfs.path(disk)}.`, {
    leftBehind: [sysfs.path(disk)],
  });
}
