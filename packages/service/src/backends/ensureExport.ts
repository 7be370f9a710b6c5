import type { KeyedLocks } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import type { Backend } from './backend.ts';
import { driverVolume, recordVolumeUpdate } from './driverViews.ts';

/**
 * Brings one export back as it was recorded, with the credentials of its connections (contract.md D25).
 *
 * @returns whether it is exported now: a volume that was detached meanwhile is not.
 * @throws ContractError what the driver answered.
 */
export async function ensureExport(
  { backend, state, locks }: { backend: Backend; state: State; locks: KeyedLocks },
  volumeId: string,
  signal: AbortSignal,
): Promise<boolean> {
  return locks.run(
    [{ key: volumeId, mode: 'exclusive' }],
    { holder: 'ensureExport', signal, timeoutMs: 60_000 },
    async () => {
      // Again under the lock: it may have been detached since it was listed.
      const volume = await state.volumes.find(volumeId);
      const connections = await state.connections.ofVolume(volumeId);
      const given = connections.flatMap(({ connector, connectionInfo }) =>
        connectionInfo === null ? [] : [{ connector, connectionInfo }],
      );
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
    },
  );
}
