import { ContractError } from '@scoria/driver-sdk';
import { requireInitiator } from '../connector.ts';
import { initializeConnection, terminateConnection } from './connections.ts';
import { createExport, ensureExport, removeExport } from './exports.ts';
import { type BlockParts, iqnOf } from './parts.ts';
import type { VolumeExports } from './volumeExports.ts';

/**
 * Exports over iSCSI or iSER.
 *
 * @throws ContractError INVALID_CONFIGURATION when the helper does not speak the transport
 */
export function iscsiExports(parts: BlockParts): VolumeExports {
  const { transport, helper } = parts;
  if (!helper.transports.includes(transport.transport)) {
    throw new ContractError(
      'INVALID_CONFIGURATION',
      `the target helper speaks ${helper.transports.join(' and ')}, not ${transport.transport}: choose another one`,
      {
        details: { transports: helper.transports.join(' ') },
      },
    );
  }
  return {
    probe: () => helper.probe(),
    listOwned: () => helper.listOwned(),
    create: (volume) => createExport(parts, volume),
    ensure: (volume, connections) => ensureExport(parts, volume, connections),
    remove: (volume, force) => removeExport(parts, volume, force),
    resize: (volume) => helper.resize(iqnOf(parts, volume), volume.name),
    validate: (connector) => void requireInitiator(connector),
    connect: (request) => initializeConnection(parts, request),
    disconnect: async (volume, connector, force) => {
      await terminateConnection(parts, volume, connector, force);
      return null;
    },
  };
}
