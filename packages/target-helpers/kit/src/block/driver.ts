import {
  ContractError,
  type DriverOperationTable,
  type ProbeResult,
  type VolumeStats,
} from '@scoria/driver-sdk';
import { requireInitiator } from '../connector.ts';
import { initializeConnection, terminateConnection } from './connections.ts';
import { createExport, ensureExport, removeExport } from './exports.ts';
import type { BlockParts } from './parts.ts';
import { probeParts, volumeStats } from './stats.ts';
import {
  createClonedVolume,
  createSnapshot,
  createVolume,
  createVolumeFromSnapshot,
  deleteSnapshot,
  deleteVolume,
  extendVolume,
  localPath,
} from './volumes.ts';

/** A composed driver: the state that {@link blockOperations} work on. */
export interface BlockDriver {
  readonly parts: BlockParts;
  /** Whether volumes can be made and exported now. */
  probe(): Promise<ProbeResult>;
  /** Cached; computed when asked for anew, or never before. */
  stats(refresh: boolean): Promise<VolumeStats>;
}

/**
 * Composes transport, target helper and backing store into a driver.
 *
 * @throws ContractError INVALID_CONFIGURATION when the helper does not speak the transport
 */
export function composeBlockDriver(parts: BlockParts): BlockDriver {
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
  let cached: VolumeStats | undefined;
  return {
    parts,
    probe: () => probeParts(parts),
    stats: async (refresh) => {
      if (refresh || cached === undefined) cached = await volumeStats(parts);
      return cached;
    },
  };
}

/** The operations of every composed driver: each is transport × helper × store, nothing of its own. */
export const blockOperations: DriverOperationTable<BlockDriver> = {
  checkForSetupError: async (_, { state }) => {
    const { state: how, reason } = await state.probe();
    if (how === 'absent' || how === 'starting') throw new ContractError('BACKEND_UNAVAILABLE', reason);
    return {};
  },
  getVolumeStats: ({ refresh }, { state }) => state.stats(refresh),
  listOwned: async (_, { state: { parts } }) => ({
    objects: [...(await parts.store.listOwned()), ...(await parts.helper.listOwned())],
  }),

  createVolume: ({ volume }, { state }) => createVolume(state.parts, volume),
  createVolumeFromSnapshot: ({ volume, snapshot }, { state }) =>
    createVolumeFromSnapshot(state.parts, volume, snapshot),
  createClonedVolume: ({ volume, source, sourceInUse }, { state }) =>
    createClonedVolume(state.parts, volume, source, sourceInUse),
  deleteVolume: ({ volume, workDone }, { state }) => deleteVolume(state.parts, volume, workDone),
  extendVolume: ({ volume, newSize }, { state }) => extendVolume(state.parts, volume, newSize),
  localPath: ({ volume }, { state }) => localPath(state.parts, volume),
  createSnapshot: ({ snapshot }, { state }) => createSnapshot(state.parts, snapshot),
  deleteSnapshot: ({ snapshot, workDone }, { state }) => deleteSnapshot(state.parts, snapshot, workDone),

  validateConnector: ({ connector }) => {
    requireInitiator(connector);
    return {};
  },
  createExport: async ({ volume }, { state }) => ({ update: await createExport(state.parts, volume) }),
  ensureExport: async ({ volume, connections }, { state }) => ({
    update: await ensureExport(state.parts, volume, connections),
  }),
  removeExport: async ({ volume, force }, { state }) => {
    await removeExport(state.parts, volume, force);
    return {};
  },
  initializeConnection: async (request, { state }) => ({
    connectionInfo: await initializeConnection(state.parts, request),
  }),
  terminateConnection: async ({ volume, connector, force }, { state }) => {
    await terminateConnection(state.parts, volume, connector, force);
    return {};
  },

  manageExisting: async ({ volume, reference }, { state }) => {
    await state.parts.store.manageExisting(volume.name, reference);
    return {};
  },
  manageExistingGetSize: async ({ reference }, { state }) => ({
    size: await state.parts.store.manageExistingGetSize(reference),
  }),
  unmanage: async ({ volume }, { state }) => {
    await removeExport(state.parts, volume, false);
    await state.parts.store.unmanage(volume.name);
    return {};
  },
};
