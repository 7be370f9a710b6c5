import {
  ContractError,
  type DriverOperationTable,
  type ProbeResult,
  type VolumeStats,
} from '@scoria/driver-sdk';
import { iscsiExports } from './iscsiExports.ts';
import type { BlockParts, DriverParts } from './parts.ts';
import { probeParts, volumeStats } from './stats.ts';
import type { VolumeExports } from './volumeExports.ts';
import {
  createClonedVolume,
  createSnapshot,
  createVolume,
  createVolumeFromSnapshot,
  deleteSnapshot,
  deleteVolume,
  extendVolume,
  localPath,
  type VolumeParts,
} from './volumes.ts';

/** A composed driver: the state that {@link blockOperations} work on. */
export interface BlockDriver extends VolumeParts {
  /** Whether volumes can be made and exported now. */
  probe(): Promise<ProbeResult>;
  /** Cached; computed when asked for anew, or never before. */
  stats(refresh: boolean): Promise<VolumeStats>;
}

/** Composes backing store and exports into a driver. */
export function composeDriver(
  parts: DriverParts,
  exports: VolumeExports,
  storageProtocol: VolumeStats['storageProtocol'],
): BlockDriver {
  const { store } = parts;
  let cached: VolumeStats | undefined;
  return {
    store,
    exports,
    probe: () => probeParts({ store, exports }),
    stats: async (refresh) => {
      if (refresh || cached === undefined) cached = await volumeStats(parts, storageProtocol);
      return cached;
    },
  };
}

/**
 * Composes an iSCSI or iSER transport, target helper and backing store into a driver.
 *
 * @throws ContractError INVALID_CONFIGURATION when the helper does not speak the transport
 */
export function composeBlockDriver(parts: BlockParts): BlockDriver {
  return composeDriver(parts, iscsiExports(parts), parts.transport.storageProtocol);
}

/** The operations of every composed driver: each is exports × store, nothing of its own. */
export const blockOperations: DriverOperationTable<BlockDriver> = {
  checkForSetupError: async (_, { state }) => {
    const { state: how, reason } = await state.probe();
    if (how === 'absent' || how === 'starting') throw new ContractError('BACKEND_UNAVAILABLE', reason);
    return {};
  },
  getVolumeStats: ({ refresh }, { state }) => state.stats(refresh),
  listOwned: async (_, { state: { store, exports } }) => ({
    objects: [...(await store.listOwned()), ...(await exports.listOwned())],
  }),

  createVolume: ({ volume }, { state }) => createVolume(state, volume),
  createVolumeFromSnapshot: ({ volume, snapshot }, { state }) =>
    createVolumeFromSnapshot(state, volume, snapshot),
  createClonedVolume: ({ volume, source, sourceInUse }, { state }) =>
    createClonedVolume(state, volume, source, sourceInUse),
  deleteVolume: ({ volume, workDone }, { state }) => deleteVolume(state, volume, workDone),
  extendVolume: ({ volume, newSize }, { state }) => extendVolume(state, volume, newSize),
  localPath: ({ volume }, { state }) => localPath(state, volume),
  createSnapshot: ({ snapshot }, { state }) => createSnapshot(state, snapshot),
  deleteSnapshot: ({ snapshot, workDone }, { state }) => deleteSnapshot(state, snapshot, workDone),

  validateConnector: ({ connector }, { state: { exports } }) => {
    exports.validate(connector);
    return {};
  },
  createExport: async ({ volume }, { state: { exports } }) => ({ update: await exports.create(volume) }),
  ensureExport: async ({ volume, connections }, { state: { exports } }) => ({
    update: await exports.ensure(volume, connections),
  }),
  removeExport: async ({ volume, force }, { state: { exports } }) => {
    await exports.remove(volume, force);
    return {};
  },
  initializeConnection: async (request, { state: { exports } }) => ({
    connectionInfo: await exports.connect(request),
  }),
  terminateConnection: async ({ volume, connector, force }, { state: { exports } }) => ({
    connectionInfo: await exports.disconnect(volume, connector, force),
  }),

  manageExisting: async ({ volume, reference }, { state }) => {
    await state.store.manageExisting(volume.name, reference);
    return {};
  },
  manageExistingGetSize: async ({ reference }, { state }) => ({
    size: await state.store.manageExistingGetSize(reference),
  }),
  unmanage: async ({ volume }, { state }) => {
    await state.exports.remove(volume, false);
    await state.store.unmanage(volume.name);
    return {};
  },
};
