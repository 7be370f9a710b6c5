import type { ProbeResult } from '@scoria/driver-sdk';
import { type Ground, volumesOf } from './ground.ts';
import { readGroup } from './report/readGroup.ts';
import { requirePool } from './thinPool.ts';

/** Percent of a pool's data or metadata from which on somebody has to do something: when it is full, writes to its volumes fail. */
const NEARLY_FULL = 95;

/** Whether the group is whole, and its pool has room. @throws ContractError; CommandError when nothing can be said */
export async function health(ground: Ground): Promise<ProbeResult> {
  const { partial, name } = await readGroup(ground.group.name);
  if (partial) return { state: 'degraded', reason: `a disk of the volume group ${name} is missing` };
  if (ground.type === 'thin') {
    const { dataPercent = 0, metadataPercent = 0 } = requirePool(ground, await volumesOf(ground));
    if (Math.max(dataPercent, metadataPercent) >= NEARLY_FULL) {
      return {
        state: 'degraded',
        reason: `the thin pool ${name}/${ground.pool} is nearly full: ${dataPercent} % of its data, ${metadataPercent} % of its metadata; extend it`,
      };
    }
  }
  return { state: 'ready', reason: '' };
}
