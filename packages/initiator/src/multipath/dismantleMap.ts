import { ContractError } from '@scoria/core/contract';
import { type Budget, becomesTrue } from '../budget.ts';
import { flushUnused, refuseWhenUsed } from '../scsi/flush.ts';
import { type MultipathHost, mapPath } from './host.ts';
import { type MultipathMap, mapByWwid, readMap } from './maps.ts';

const GONE_MS = 20_000;
const AGAIN_MS = 200;

/**
 * Writes out what the host's cache holds of a map that nobody uses any more.
 *
 * @throws ContractError VOLUME_IS_BUSY (mounted, or something stands on it); CommandError
 */
export async function flushMap(host: MultipathHost, map: MultipathMap, budget: Budget): Promise<void> {
  await flushUnused(map.dm, mapPath(host, map), budget, host.sysfs.root);
}

/**
 * Removes a map that has been flushed, and waits until it is gone. Whoever has it open for a moment (udev) is waited for.
 * Idempotent.
 *
 * @throws ContractError VOLUME_IS_BUSY; CommandError
 */
export async function removeMap(host: MultipathHost, map: MultipathMap, budget: Budget): Promise<void> {
  let said: string | null = null;
  const gone = await becomesTrue(
    Math.min(GONE_MS, budget.remainingMs),
    async () => {
      if (await isGone(host, map)) return true;
      await refuseWhenUsed(map.dm, mapPath(host, map), host.sysfs.root);
      said = await host.tools.flush(map.name, budget);
      return isGone(host, map);
    },
    AGAIN_MS,
  );
  if (gone) return;
  throw new ContractError(
    'VOLUME_IS_BUSY',
    `The multipath map ${map.name} cannot be removed: ${said ?? 'it does not go'}. Close what has it open, then detach.`,
    { leftBehind: [mapPath(host, map)] },
  );
}

/**
 * What is left to do after the paths have gone: a map that came back, or that `force` went past, goes if it can; multipathd
 * forgets the WWID.
 *
 * @throws ContractError VOLUME_IS_BUSY with what is left; CommandError
 */
export async function clearMap(host: MultipathHost, wwid: string, budget: Budget): Promise<void> {
  const gone = await becomesTrue(
    Math.min(GONE_MS, budget.remainingMs),
    async () => {
      const map = await mapByWwid(wwid, host.sysfs.root);
      // With paths it is one that others have brought here.
      if (map === null || map.disks.length > 0) return true;
      await host.tools.removeMap(map.name, budget);
      return (await mapByWwid(wwid, host.sysfs.root)) === null;
    },
    AGAIN_MS,
  );
  if (!gone) {
    throw new ContractError(
      'VOLUME_IS_BUSY',
      `The multipath map of ${wwid} is in use and has no paths left.`,
      {
        leftBehind: [`multipath map ${wwid}`],
      },
    );
  }
  if ((await mapByWwid(wwid, host.sysfs.root)) === null) await host.tools.forget(wwid, budget);
}

async function isGone({ sysfs }: MultipathHost, map: MultipathMap): Promise<boolean> {
  return (await readMap(map.dm, sysfs.root))?.wwid !== map.wwid;
}
