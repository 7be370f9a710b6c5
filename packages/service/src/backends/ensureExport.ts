import type { ConnectionInfo, Connector } from '@scoria/core/contract';
import type { KeyedLocks } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import type { Backend } from './backend.ts';
import { driverVolume, recordVolumeUpdate } from './driverViews.ts';

/** What {@link ensureExport} needs. */
export interface EnsureExportDependencies {
  readonly backend: Backend;
  readonly state: State;
  readonly locks: KeyedLocks;
  /** Held by the service while it attaches or detaches a volume itself. */
  readonly attachLocks: KeyedLocks;
}

/**
 * Brings one export back as it was recorded, with the credentials of its connections (contract.md D25), those of the service itself
 * included. It waits for nobody who only reads or copies the volume: its initiators are without it meanwhile.
 *
 * @returns whether it is exported now: a volume that was detached meanwhile is not.
 * @throws ContractError what the driver answered.
 */
export async function ensureExport(
  deps: EnsureExportDependencies,
  volumeId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { backend, state, locks, attachLocks } = deps;
  const waiting = { holder: 'ensureExport', signal, timeoutMs: 60_000 };
  return locks.run([{ key: volumeId, mode: 'shared' }], waiting, () =>
    attachLocks.run([{ key: volumeId, mode: 'exclusive' }], waiting, async () => {
      // Again under the locks: it may have been detached since it was listed.
      const volume = await state.volumes.find(volumeId);
      const given = await connectionsOf(state, volumeId);
      if (volume === undefined || given.length === 0) return false;
      const { update } = await backend.driver.client.ensureExport(
        { volume: await driverVolume(state, volume), connections: given },
        { signal },
      );
      await recordVolumeUpdate(state, volumeId, update);
      // What an earlier look could not bring back is back.
      if (volume.failure !== null && !volume.status.startsWith('error'))
        await state.volumes.update(volumeId, { failure: null });
      return true;
    }),
  );
}

/** Every connection that was given, one of each initiator: the service may share that of its host. */
async function connectionsOf({ connections, serviceAttachments }: State, volumeId: string) {
  const own = await serviceAttachments.find(volumeId);
  const all = [...(await connections.ofVolume(volumeId)), ...(own === undefined ? [] : [own])];
  const byInitiator = new Map<string, { connector: Connector; connectionInfo: ConnectionInfo }>();
  for (const { initiator, connector, connectionInfo } of all)
    if (connectionInfo !== null && !byInitiator.has(initiator))
      byInitiator.set(initiator, { connector, connectionInfo });
  return [...byInitiator.values()];
}
