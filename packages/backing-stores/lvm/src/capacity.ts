import { bytes, type PoolStats } from '@scoria/driver-sdk';
import { type Ground, volumesOf } from './ground.ts';
import type { LvFacts } from './report/facts.ts';
import { type GroupFacts, readGroup } from './report/readGroup.ts';
import { requirePool } from './thinPool.ts';

/** The one pool of a store: the group, or its thin pool. Provisioned is the sum of the sizes of all volumes there, whoever's they are. */
export async function poolStats(name: string, ground: Ground): Promise<PoolStats> {
  const all = await volumesOf(ground);
  return ground.type === 'thin'
    ? thinStats(name, ground, requirePool(ground, all), all)
    : thickStats(name, ground, await readGroup(ground.group.name), all);
}

function thickStats(name: string, ground: Ground, group: GroupFacts, all: readonly LvFacts[]): PoolStats {
  return {
    ...common(name, ground),
    totalCapacity: bytes(group.size),
    freeCapacity: bytes(group.free),
    provisionedCapacity: bytes(sumOf(all.filter(({ type }) => type === 'thick'))),
    maxOverSubscriptionRatio: 1,
    thinProvisioning: false,
    thickProvisioning: true,
    capabilities: { efficient_clone: false, sparse_copy_volume: false },
  };
}

function thinStats(name: string, ground: Ground, pool: LvFacts, all: readonly LvFacts[]): PoolStats {
  const { dataPercent = 0, metadataPercent = 0 } = pool;
  // Nothing can be written to a pool that has no room for its metadata, whatever else it has.
  const used = metadataPercent >= 100 ? 100 : dataPercent;
  return {
    ...common(name, ground),
    totalCapacity: bytes(pool.size),
    freeCapacity: bytes(Math.max(0, Math.floor(pool.size * (1 - used / 100)))),
    provisionedCapacity: bytes(sumOf(all.filter((lv) => lv.type === 'thin' && lv.pool === pool.name))),
    maxOverSubscriptionRatio: ground.options.max_over_subscription_ratio,
    thinProvisioning: true,
    thickProvisioning: false,
    capabilities: { efficient_clone: true, sparse_copy_volume: true, metadata_percent: metadataPercent },
  };
}

function common(name: string, { options }: Ground) {
  return { name, reservedPercentage: options.reserved_percentage, multiattach: false, qosSupport: false };
}

function sumOf(volumes: readonly LvFacts[]): number {
  return volumes.reduce((sum, { size }) => sum + size, 0);
}
