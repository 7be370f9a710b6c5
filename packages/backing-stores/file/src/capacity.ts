import { readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, type PoolStats } from '@scoria/driver-sdk';
import { factsOf } from './fileFacts.ts';
import type { Layout } from './layout.ts';
import type { FileStoreOptions } from './options.ts';

/** Free bytes of the filesystem, for whoever is not root. */
export async function freeBytes(layout: Layout): Promise<number> {
  const { bavail, bsize } = await statfs(layout.volumes);
  return bavail * bsize;
}

/** The one pool of a store: its filesystem. Provisioned is the sum of the sizes of its volumes. */
export async function poolStats(
  name: string,
  layout: Layout,
  options: FileStoreOptions,
  reflinks: boolean,
): Promise<PoolStats> {
  const { blocks, bavail, bsize } = await statfs(layout.volumes);
  const thin = options.volumes_preallocation === 'none';
  return {
    name,
    totalCapacity: bytes(blocks * bsize),
    freeCapacity: bytes(bavail * bsize),
    provisionedCapacity: bytes(await provisionedBytes(layout)),
    reservedPercentage: options.reserved_percentage,
    maxOverSubscriptionRatio: thin ? options.max_over_subscription_ratio : 1,
    thinProvisioning: thin,
    thickProvisioning: !thin,
    multiattach: false,
    qosSupport: false,
    capabilities: { efficient_clone: reflinks, sparse_copy_volume: true },
  };
}

async function provisionedBytes(layout: Layout): Promise<number> {
  const entries = await readdir(layout.volumes, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const facts = await Promise.all(files.map(({ name }) => factsOf(join(layout.volumes, name))));
  return facts.reduce((sum, fact) => sum + (fact?.size ?? 0), 0);
}
