import { ContractError, type Snapshot, type Work } from '@scoria/driver-sdk';
import { type FakeBackend, requireSpace, requireVolume } from '../backend.ts';
import { copyInside } from '../data/copyInside.ts';
import { copyAtOnce, free } from '../data/space.ts';
import type { FakeOperations } from './fakeOperations.ts';
import { inUse } from './volumes.ts';

/** Snapshots. */
export const snapshots = {
  createSnapshot: async (backend, { snapshot }) => {
    const { state, data, ledger } = backend;
    const { name, volumeName } = snapshot;
    const existing = state.snapshots[name];
    if (existing !== undefined) {
      requireSameVolume(existing.volumeName, snapshot);
      const { pendingCopy } = existing;
      const work =
        data === undefined || pendingCopy === null
          ? []
          : [await data.copyWork(pendingCopy, ['snapshots', name])];
      return { update: {}, work };
    }
    const volume = requireVolume(backend, volumeName);
    requireSpace(backend, volume.pool, volume.size);
    const work = await take(backend, snapshot, volume.size);
    volume.pendingCopy = null;
    state.snapshots[name] = {
      id: snapshot.id,
      volumeName,
      size: volume.size,
      pool: volume.pool,
      content: volume.content,
      pendingCopy: work.length > 0 ? ['volumes', volumeName] : null,
      doomed: false,
    };
    ledger.add(volume.pool, volume.size);
    return { update: {}, work };
  },

  deleteSnapshot: async (backend, { snapshot: { name }, workDone }) => {
    const { state, ledger } = backend;
    const snapshot = state.snapshots[name];
    if (snapshot === undefined) return {};
    const dependants = Object.entries(state.volumes)
      .filter(([, { dependsOn }]) => dependsOn === name)
      .map(([volume]) => volume);
    if (dependants.length > 0) {
      throw new ContractError(
        'SNAPSHOT_IS_BUSY',
        `${name} is needed by ${dependants.join(', ')}; delete them first`,
        {
          details: { snapshot: name, dependants: dependants.length },
        },
      );
    }
    const work = await free(backend, ['snapshots', name], snapshot, workDone);
    if (work.length > 0) return { work };
    delete state.snapshots[name];
    ledger.add(snapshot.pool, -snapshot.size);
    return {};
  },
} satisfies FakeOperations;

async function take(
  backend: FakeBackend,
  { name, volumeName, volumeInUse }: Snapshot,
  size: Snapshot['volumeSize'],
): Promise<Work[]> {
  const { data } = backend;
  if (data === undefined) return [];
  try {
    if (backend.options.fake_instant_snapshots) {
      await copyInside(backend, ['volumes', volumeName], ['snapshots', name], size);
      return [];
    }
    if (await copyAtOnce(backend, ['volumes', volumeName], ['snapshots', name], size)) return [];
    if (volumeInUse) throw inUse(volumeName);
    return [await data.copyWork(['volumes', volumeName], ['snapshots', name])];
  } catch (error) {
    await data.remove('snapshots', name);
    throw error;
  }
}

function requireSameVolume(of: string, { name, volumeName }: Snapshot): void {
  if (of === volumeName) return;
  throw new ContractError('ALREADY_EXISTS', `${name} exists, taken of ${of}, not of ${volumeName}`, {
    details: { snapshot: name, volume: of },
  });
}
