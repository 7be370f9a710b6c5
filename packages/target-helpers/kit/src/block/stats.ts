import type { ProbeResult, VolumeStats } from '@scoria/driver-sdk';
import type { BlockParts } from './parts.ts';

/** Capacity and capabilities (contract.md §7.7): capacity from the store, the rest from configuration and transport. */
export async function volumeStats(parts: BlockParts): Promise<VolumeStats> {
  const pools = await parts.store.pools();
  return {
    volumeBackendName: parts.backendName,
    vendorName: 'Open Source',
    driverVersion: parts.driverVersion,
    storageProtocol: parts.transport.storageProtocol,
    // Any number of initiators may log in to one target.
    pools: pools.map((pool) => ({
      ...pool,
      reservedPercentage: parts.reservedPercentage,
      multiattach: true,
    })),
  };
}

const severity: Record<ProbeResult['state'], number> = { ready: 0, degraded: 1, starting: 2, absent: 3 };

/** Whether volumes can be made and exported: the worse of store and helper, with both reasons. */
export async function probeParts({ helper, store }: BlockParts): Promise<ProbeResult> {
  const results = await Promise.all([store.probe(), helper.probe()]);
  const [worst = { state: 'ready' as const }] = [...results].sort(
    (one, other) => severity[other.state] - severity[one.state],
  );
  const reason = results
    .map((each) => each.reason)
    .filter((each) => each !== '')
    .join('; ');
  return { state: worst.state, reason };
}
