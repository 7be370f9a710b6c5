import { ContractError } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { type MultipathHost, mapPath } from './host.ts';
import type { MultipathMap } from './maps.ts';

const AGAIN_MS = 500;

/**
 * Makes a map as large as its paths, which have been rescanned. Idempotent.
 *
 * @returns bytes
 * @throws ContractError BACKEND_UNAVAILABLE when a path has another size than the others; DEADLINE_EXCEEDED, CANCELLED; CommandError
 */
export async function growMap(host: MultipathHost, map: MultipathMap, budget: Budget): Promise<number> {
  const { sysfs, tools } = host;
  const sizes = new Map<string, number>();
  for (const name of map.disks) sizes.set(name, await sysfs.sizeOf(name));
  const [size = 0, ...others] = [...new Set(sizes.values())];
  if (others.length > 0) {
    const list = [...sizes].map(([name, bytes]) => `${name}: ${bytes}`).join(', ');
    throw new ContractError(
      'BACKEND_UNAVAILABLE',
      `The paths of ${mapPath(host, map)} do not all show the same size (${list}): repeat when those that are down are back.`,
      { details: { map: map.name } },
    );
  }
  return budget.until(
    `waiting for ${map.name} to have ${size} bytes`,
    async () => {
      if ((await sysfs.sizeOf(map.dm)) === size) return size;
      await tools.resize(map.name, budget);
      return (await sysfs.sizeOf(map.dm)) === size ? size : null;
    },
    AGAIN_MS,
  );
}
