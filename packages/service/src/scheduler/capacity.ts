import { GIB, type PoolStats } from '@scoria/core/contract';

/** Whether a pool has room, and how much of it would be left to order by. */
export type Room =
  | { readonly fits: true; readonly free: number }
  | { readonly fits: false; readonly why: string };

/**
 * Whether `bytes` fit in a pool: free capacity less the reserved share and less what was promised since its figures
 * (`pending`); in a thin pool also the over-subscription ratio.
 */
export function roomIn(pool: PoolStats, bytes: number, pending: number): Room {
  const { totalCapacity, freeCapacity, reservedPercentage, maxOverSubscriptionRatio } = pool;
  if (reservedPercentage >= 100)
    return { fits: false, why: 'all of its capacity is reserved (reserved_percentage)' };
  if (totalCapacity === 'infinite' || freeCapacity === 'infinite')
    return { fits: true, free: Number.POSITIVE_INFINITY };
  if (totalCapacity === 'unknown' || freeCapacity === 'unknown') return { fits: true, free: 0 };
  const reserved = Math.floor((totalCapacity * reservedPercentage) / 100);
  const thin = pool.thinProvisioning && maxOverSubscriptionRatio >= 1;
  const free = freeCapacity - reserved - (thin ? 0 : pending);
  if (!thin) {
    return bytes <= free
      ? { fits: true, free: free - bytes }
      : { fits: false, why: `${gib(bytes)} are asked for, ${gib(free)} are free${reservedNote(reserved)}` };
  }
  const limit = totalCapacity * maxOverSubscriptionRatio;
  const provisioned = pool.provisionedCapacity + pending;
  if (provisioned + bytes > limit)
    return {
      fits: false,
      why: `${gib(bytes)} are asked for, ${gib(provisioned)} of ${gib(limit)} are provisioned (max_over_subscription_ratio ${maxOverSubscriptionRatio})`,
    };
  const virtual = free * maxOverSubscriptionRatio;
  if (bytes > virtual)
    return {
      fits: false,
      why: `${gib(bytes)} are asked for, ${gib(free)} are free${reservedNote(reserved)}, ${gib(virtual)} with over-subscription`,
    };
  return { fits: true, free: Math.min(virtual, limit - provisioned) - bytes };
}

function reservedNote(reserved: number): string {
  return reserved > 0 ? ` (${gib(reserved)} reserved)` : '';
}

function gib(bytes: number): string {
  return `${Number((Math.max(0, bytes) / GIB).toFixed(2))} GiB`;
}
