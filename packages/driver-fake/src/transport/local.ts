import { ContractError } from '@scoria/driver-sdk';
import type { DataFiles } from '../data/dataFiles.ts';
import type { FakeTransport } from './transport.ts';

/** Connections to a file of the same host. */
export function localTransport(data: DataFiles): FakeTransport {
  return {
    storageProtocol: 'local',
    authenticates: false,
    initiatorOf: ({ host }) => {
      if (typeof host === 'string' && host !== '') return { initiator: host, wwpns: [] };
      throw new ContractError('INVALID_CONNECTOR', 'the connector has no "host"', {
        details: { missing: 'host' },
      });
    },
    exportReference: (name) => data.path('volumes', name),
    exportUpdate: () => ({}),
    connectionInfo: async ({ volume, access }) => ({
      driver_volume_type: 'local',
      data: {
        device_path: data.path('volumes', volume.name),
        volume_id: volume.id,
        access_mode: access.readOnly ? 'ro' : 'rw',
        encrypted: volume.encryptionKeyId !== null,
      },
      identity: await data.identity('volumes', volume.name),
    }),
    revoked: () => null,
  };
}
