import type { ProbeResult, VolumeStats } from '@scoria/driver-sdk';
import type { DriverParts } from './parts.ts';
import type { VolumeParts } from './volumes.ts';

/** Capacity and capabilities (contract.md §7.7): capacity from the store, the rest from configuration and transport. */
export async function volumeStats(
  parts: DriverParts,
  storageProtocol: VolumeStats['storageProtocol'],
): Promise<VolumeStats> {
  const pools = await parts.store.pools();
  return {
    volumeBackendName: parts.backendName,
    vendorName: 'Open Source',
    driverVersion: parts.driverVersion,
    storageProtocol,
    // Any number of initiators may have one volume.
    pools: pools.map((pool) => ({
      ...pool,
      reservedPercentage: parts.reservedPercentage,
      multiattach: true,
    })),
  };
}

const severity: Record<ProbeResult['state'], number> = { ready: 0, degraded: 1, starting: 2, absent: 3 };

/** Whether volumes can be made and exported: the worse of store and exports, with both reasons. */
export async function probeParts({ exports, store }: VolumeParts): Promise<ProbeResult> {
  const results = await Promise.all([store.probe(), exports.probe()]);
  const [worst = { state: 'ready' as const }] = [...results].sort(
    (one, other) => severity[other.state] - severity[one.state],
  );
  const reason = results
    .map((each) => each.reason)
    .filter((each) => each !== '')
    .join('; ');
  return { state: worst.state, reason };
}
