import { ContractError, type Identity } from '@scoria/core/contract';
import { type Budget, becomesTrue } from '../budget.ts';
import type { ScsiDisk } from './scsiDisk.ts';
import type { ScsiSysfs, ShownIdentity } from './sysfs.ts';

const SHOWN_MS = 10_000;

/** How a disk is made to prove what it is. */
export interface ProofOptions {
  /** Names the disk's LUN in messages. */
  readonly what: string;
  /** Asks the device itself instead of going by what the kernel has kept. Not for a path that is down: it would hang. */
  readonly afresh: boolean;
}

/**
 * Has a disk prove that it is the volume that was promised, by unit serial number or NAA (field-notes.md P2). Nothing of it is
 * read or written.
 *
 * @throws ContractError DEVICE_UNAVAILABLE when it shows something else, or nothing; CommandError
 */
export async function proveDisk(
  sysfs: ScsiSysfs,
  disk: ScsiDisk,
  promised: Identity,
  budget: Budget,
  { what, afresh }: ProofOptions,
): Promise<void> {
  if (afresh) await sysfs.rescan(disk, budget);
  let seen: ShownIdentity | null = await sysfs.shows(disk, promised);
  if (seen === null && (await sysfs.isRunning(disk))) {
    // The kernel's first question may have got no answer: it asks once more.
    await sysfs.rescan(disk, budget);
    await becomesTrue(Math.min(SHOWN_MS, budget.remainingMs), async () => {
      seen = await sysfs.shows(disk, promised);
      return seen !== null || budget.signal.aborted;
    });
  }
  const { matches, shown } = seen ?? { matches: false, shown: '' };
  if (matches) return;
  throw new ContractError(
    'DEVICE_UNAVAILABLE',
    `${sysfs.path(disk)} (${what}) shows "${shown}", not what its export promised (${JSON.stringify(promised)}): it is another volume. Nothing was read or written.`,
    { details: { device: sysfs.path(disk), shown } },
  );
}
