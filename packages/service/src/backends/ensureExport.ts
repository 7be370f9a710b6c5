import { isContractError } from '@scoria/core/contract';
import type { Logger } from 'pino';
import { failureText, type KeyedLocks } from '../journal/index.ts';
import type { State } from '../state/index.ts';
import type { Backend } from './backend.ts';
import { driverVolume, recordVolumeUpdate } from './driverViews.ts';

/**
 * Brings one export back as it was recorded, with the credentials of its connections (contract.md D25). A failure lands
 * in the volume's record and in the log; the next look tries again.
 *
 * @returns whether it is exported now.
 */
export async function ensureExport(
  { backend, state, locks, log }: { backend: Backend; state: State; locks: KeyedLocks; log: Logger },
  volumeId: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return await locks.run(
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
        return true;
      },
    );
  } catch (error) {
    if (signal.aborted) return false;
    log.error(
      { volumeId, backend: backend.name, err: error },
      'the export of an attached volume is not there',
    );
    if (isContractError(error)) await state.volumes.update(volumeId, { failure: failureText(error) });
    return false;
  }
}
