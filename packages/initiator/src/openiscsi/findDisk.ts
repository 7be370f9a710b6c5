import { setTimeout as delay } from 'node:timers/promises';
import { ContractError } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import type { ScsiDisk } from '../scsi/scsiDisk.ts';
import type { OpenIscsiHost } from './host.ts';
import { disksOf, type KernelSession } from './sessions.ts';

const POLL_MS = 50;

/**
 * Scans for the one LUN, again after 4, 9, 16 … s, until its disk is there.
 *
 * @param lun as the kernel counts it
 * @throws ContractError VOLUME_DEVICE_NOT_FOUND, DEADLINE_EXCEEDED, CANCELLED; CommandError
 */
export async function findDisk(
  { sysfs, scanTries }: Pick<OpenIscsiHost, 'sysfs' | 'scanTries'>,
  session: KernelSession,
  lun: number,
  what: string,
  budget: Budget,
): Promise<ScsiDisk> {
  for (let scans = 0; scans <= scanTries; scans += 1) {
    await sysfs.scan(session.address, lun, budget);
    const end = performance.now() + (scans + 2) ** 2 * 1_000;
    do {
      const disk = (await disksOf(sysfs, session)).find((each) => each.lun === lun);
      if (disk !== undefined) return disk;
      budget.check(`waiting for the disk of ${what}`);
      await delay(POLL_MS);
    } while (performance.now() < end && scans < scanTries);
  }
  throw new ContractError(
    'VOLUME_DEVICE_NOT_FOUND',
    `No disk appeared for ${what} after ${scanTries + 1} scans.`,
  );
}
