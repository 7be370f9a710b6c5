import { GIB } from '@scoria/core/contract';
import type { PoolRecord } from '../../model/index.ts';
import { cinderTime } from './time.ts';

/** A pool with its capabilities, under the names that schedulers and clients know. Capacities in GiB. */
export function poolDetail(pool: PoolRecord) {
  const { stats } = pool;
  return {
    name: pool.name,
    capabilities: {
      ...stats.capabilities,
      volume_backend_name: pool.volumeBackendName,
      pool_name: stats.name,
      vendor_name: pool.vendorName,
      driver_version: pool.driverVersion,
      storage_protocol: pool.storageProtocol,
      total_capacity_gb: gib(stats.totalCapacity),
      free_capacity_gb: gib(stats.freeCapacity),
      allocated_capacity_gb: gib(pool.allocated),
      provisioned_capacity_gb: gib(stats.provisionedCapacity),
      reserved_percentage: stats.reservedPercentage,
      max_over_subscription_ratio: String(stats.maxOverSubscriptionRatio),
      thin_provisioning_support: stats.thinProvisioning,
      thick_provisioning_support: stats.thickProvisioning,
      multiattach: stats.multiattach,
      QoS_support: stats.qosSupport,
      timestamp: cinderTime(pool.updatedAt),
      backend_state: 'up',
      filter_function: null,
      goodness_function: null,
    },
  };
}

function gib(capacity: number | 'infinite' | 'unknown'): number | string {
  return typeof capacity === 'number' ? Math.floor((capacity / GIB) * 100) / 100 : capacity;
}
