import { ContractError } from '@scoria/core/contract';
import { type Budget, becomesTrue } from '../budget.ts';
import type { AttachedDevice } from '../model.ts';
import { growMap } from '../multipath/growMap.ts';
import { type MultipathHost, mapPath } from '../multipath/host.ts';
import { mapOf } from '../multipath/maps.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import type { DiskPath, PathSteps } from './transport.ts';

const POLL_MS = 250;
const RECOVERY_MS = 20_000;

/**
 * Makes the kernel ask every path for its size, and the map take it over. Idempotent.
 *
 * @param pathsNow all paths of the volume that are on this host
 * @throws ContractError NOT_FOUND (not attached), DEVICE_UNAVAILABLE (another volume by now), BACKEND_UNAVAILABLE (a path is down);
 * CommandError
 */
export async function extend<Path extends DiskPath>(
  host: MultipathHost,
  steps: PathSteps<Path>,
  pathsNow: () => Promise<readonly Path[]>,
  attached: AttachedDevice,
  budget: Budget,
): Promise<AttachedDevice> {
  const { sysfs } = host;
  let paths = await pathsNow();
  // A path that has just been lost is mostly back in a moment.
  await becomesTrue(
    Math.min(RECOVERY_MS, budget.remainingMs),
    async () => {
      paths = await pathsNow();
      const up = await Promise.all(paths.map((path) => steps.isUp(path)));
      return up.every(Boolean) || budget.signal.aborted;
    },
    POLL_MS,
  );
  const [first] = paths;
  if (first === undefined) throw new ContractError('NOT_FOUND', `${attached.path} is not attached any more.`);
  for (const path of paths) {
    const what = steps.describe(path);
    if (!(await steps.isUp(path))) {
      throw new ContractError('BACKEND_UNAVAILABLE', `The path by ${what} is down: repeat when it is back.`);
    }
    await proveDisk(sysfs, path.disk, attached.identity, budget, { what, afresh: true });
  }
  const map = await mapOf(first.disk.name, sysfs.root);
  if (map === null) {
    return { ...attached, path: sysfs.path(first.disk), size: await sysfs.sizeOf(first.disk.name) };
  }
  return { ...attached, path: mapPath(host, map), size: await growMap(host, map, budget) };
}
