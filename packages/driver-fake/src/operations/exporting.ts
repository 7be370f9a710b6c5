import { type ConnectionInfo, ContractError, type Volume } from '@scoria/driver-sdk';
import { type FakeBackend, requireVolume } from '../backend.ts';
import type { FakeExport } from '../state/fakeState.ts';
import type { FakeOperations } from './fakeOperations.ts';
import { grant } from './grant.ts';

/** Exports. */
export const exporting = {
  createExport: (backend, { volume }) => {
    const exported = ensure(backend, volume);
    return { update: backend.transport.exportUpdate(volume.name, exported) };
  },

  ensureExport: (backend, { volume, connections }) => {
    const exported = ensure(backend, volume);
    for (const { connector, connectionInfo } of connections) {
      const readOnly = connectionInfo.data.access_mode === 'ro';
      grant(backend, exported, { connector, readOnly, previous: connectionInfo satisfies ConnectionInfo });
    }
    return { update: backend.transport.exportUpdate(volume.name, exported) };
  },

  removeExport: ({ state, options }, { volume: { name }, force }) => {
    const volume = state.volumes[name];
    if (volume === undefined || volume.export === null) return {};
    const sessions = options.fake_sessions ? volume.export.access.map(({ initiator }) => initiator) : [];
    if (sessions.length > 0 && !force) {
      throw new ContractError('VOLUME_IS_BUSY', `${name} has live sessions of ${sessions.join(', ')}`, {
        details: { volume: name, sessions: sessions.length },
      });
    }
    volume.export = null;
    return {};
  },
} satisfies FakeOperations;

function ensure(backend: FakeBackend, { name }: Volume): FakeExport {
  const volume = requireVolume(backend, name);
  if (volume.export === null) {
    volume.export = { number: backend.state.nextNumber, access: [] };
    backend.state.nextNumber += 1;
  }
  volume.pendingCopy = null;
  return volume.export;
}
