import { bytes, bytesToGibCeil } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { InfoService, PoolRecord, ServiceRecord } from '../model/index.ts';

/** What the service says about itself. */
export function createInfoService(
  { state, backends, settings }: Pick<LifecycleDependencies, 'state' | 'backends' | 'settings'>,
  host: string,
): InfoService {
  return {
    async pools() {
      const allocated = await state.volumes.allocated();
      return backends.all.flatMap((backend): PoolRecord[] => {
        const { stats } = backend;
        if (stats === null) return [];
        const { value, at } = stats;
        return value.pools.map((pool) => {
          const name = `${backend.host}#${pool.name}`;
          return {
            name,
            backend: backend.name,
            stats: pool,
            storageProtocol: value.storageProtocol,
            vendorName: value.vendorName,
            driverVersion: value.driverVersion,
            volumeBackendName: value.volumeBackendName,
            updatedAt: at,
            allocated: bytes(allocated.get(name) ?? 0),
          };
        });
      });
    },

    services() {
      const now = new Date().toISOString();
      const common = { zone: settings.availabilityZone, status: 'enabled', disabledReason: null } as const;
      const volumes = backends.all.map((backend): ServiceRecord => {
        const { state: backendState, reason } = backend.driver.status;
        return {
          ...common,
          binary: 'scoria-volume',
          host: backend.host,
          state: backend.serves ? 'up' : 'down',
          updatedAt: now,
          backendState,
          backendReason: reason,
        };
      });
      const scheduler: ServiceRecord = {
        ...common,
        binary: 'scoria-scheduler',
        host,
        state: 'up',
        updatedAt: now,
        backendState: 'ready',
        backendReason: '',
      };
      return Promise.resolve([scheduler, ...volumes]);
    },

    async limits({ projectId }) {
      const volumes = await state.volumes.usage(projectId);
      const backups = await state.backups.usage(projectId);
      return {
        maxVolumes: settings.maxVolumes,
        maxSnapshots: settings.maxSnapshots,
        maxGigabytes: settings.maxGigabytes,
        maxBackups: settings.maxBackups,
        maxBackupGigabytes: settings.maxBackupGigabytes,
        usedVolumes: volumes.count,
        usedSnapshots: await state.snapshots.count(projectId),
        usedGigabytes: bytesToGibCeil(bytes(volumes.bytes)),
        usedBackups: backups.count,
        usedBackupGigabytes: bytesToGibCeil(bytes(backups.bytes)),
      };
    },
  };
}
