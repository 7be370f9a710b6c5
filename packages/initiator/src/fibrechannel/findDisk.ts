import { setTimeout as delay } from 'node:timers/promises';
import { ContractError } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { tellKernel } from '../scsi/tellKernel.ts';
import { describe } from './attachment.ts';
import type { FcHost } from './host.ts';
import { type FcPath, pathBy, type Way } from './paths.ts';

const POLL_MS = 250;
/** How long the disk of the last scan may take to get its node in `/dev`. */
const LAST_MS = 2_000;

/**
 * Scans for exactly one LUN by one way, again after 4, 9, 16 … s, until its disk shows.
 *
 * @throws ContractError NO_FC_DEVICE; CommandError
 */
export async function findDisk(
  { sysfs, scanTries, wildcardScan }: FcHost,
  way: Way,
  budget: Budget,
): Promise<FcPath> {
  for (let scans = 0; scans <= scanTries; scans += 1) {
    await sysfs.scan(way.target.address, way.address.lun, budget);
    const end = performance.now() + (scans < scanTries ? (scans + 2) ** 2 * 1_000 : LAST_MS);
    do {
      const path = await pathBy(sysfs, way);
      if (path !== null) return path;
      budget.check(`waiting for the disk of ${describe(way.address)}`);
      await delay(POLL_MS);
    } while (performance.now() < end);
  }
  if (wildcardScan) {
    await tellKernel(`${sysfs.root}/class/scsi_host/host${way.from.host}/scan`, '- - -', budget);
    const path = await pathBy(sysfs, way);
    if (path !== null) return path;
  }
  throw new ContractError(
    'NO_FC_DEVICE',
    `No disk appeared for ${describe(way.address)} at port ${way.from.wwpn} of this host after ${scanTries + 1} scans.`,
  );
}
