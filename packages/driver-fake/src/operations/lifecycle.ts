import { bytes, GIB, type OwnedObject } from '@scoria/driver-sdk';
import { version } from '../version.ts';
import type { FakeOperations } from './fakeOperations.ts';

/** Life cycle and information. */
export const lifecycle = {
  doSetup: () => ({}),
  checkForSetupError: () => ({}),
  getVersion: () => ({ version }),

  getVolumeStats: (backend) => {
    const { options, transport, name, ledger } = backend;
    const total = bytes(Math.floor(options.fake_capacity_gb * GIB));
    return {
      volumeBackendName: options.volume_backend_name ?? name,
      vendorName: 'Open Source',
      driverVersion: version,
      storageProtocol: transport.storageProtocol,
      pools: options.fake_pools.map((pool) => {
        const used = ledger.used(pool);
        return {
          name: pool,
          totalCapacity: total,
          freeCapacity: bytes(Math.max(0, total - used)),
          provisionedCapacity: bytes(used),
          reservedPercentage: options.reserved_percentage,
          maxOverSubscriptionRatio: options.max_over_subscription_ratio,
          thinProvisioning: false,
          thickProvisioning: true,
          multiattach: true,
          qosSupport: false,
          capabilities: {},
        };
      }),
    };
  },

  listOwned: ({ state, transport, options }) => {
    const objects: OwnedObject[] = [];
    for (const [name, { size, export: exported }] of Object.entries(state.volumes)) {
      objects.push({ kind: 'volume', name, reference: name, size, detail: {} });
      if (exported === null) continue;
      const target = transport.exportReference(name, exported);
      objects.push({ kind: 'target', name, reference: target, intact: true, detail: {} });
      for (const { initiator } of exported.access) {
        const reference = `${target} ${initiator}`;
        objects.push({ kind: 'access', name, reference, detail: { initiator } });
        if (options.fake_sessions) objects.push({ kind: 'session', name, reference, detail: { initiator } });
      }
    }
    for (const [name, { size, volumeName }] of Object.entries(state.snapshots)) {
      objects.push({ kind: 'snapshot', name, reference: name, size, detail: { volume: volumeName } });
    }
    return { objects };
  },
} satisfies FakeOperations;
