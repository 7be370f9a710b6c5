import { ContractError } from '@scoria/core/contract';
import {
  callDriver,
  driverCallOf,
  driverImplements,
  driverSnapshot,
  driverVolume,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { cloneInUse } from './cloneOfMoment.ts';
import { type Created, type CreateVolumeContext, existingVolume } from './createVolumeArguments.ts';
import { copyInUse, isInUse } from './inUse.ts';

/**
 * Has the driver make the volume, of what the request names where it can. Idempotent: asked again it names the same work.
 *
 * @throws ContractError NOT_FOUND, INVALID_VOLUME for a source in use of which there is no moment, and what the driver answered
 */
export async function createOnBackend(
  deps: LifecycleDependencies,
  context: CreateVolumeContext,
): Promise<Created> {
  const { state, backends, settings } = deps;
  const { source, volumeId, moment } = context.args;
  const record = await existingVolume(state, volumeId);
  const backend = backends.ofHost(record.host);
  const volume = await driverVolume(state, record);
  const call = driverCallOf(context, 'createVolume', settings.patienceMs);
  switch (source.kind) {
    case 'blank':
    case 'image':
      return { ...(await callDriver(backend, 'createVolume', { volume }, call)), isBlank: true };
    case 'snapshot': {
      const snapshot = await state.snapshots.find(source.id);
      if (snapshot === undefined) throw new ContractError('NOT_FOUND', `snapshot ${source.id} is gone`);
      const origin = await existingVolume(state, snapshot.volumeId);
      const created = await callDriver(
        backend,
        'createVolumeFromSnapshot',
        { volume, snapshot: driverSnapshot(snapshot, origin.backendName) },
        call,
      );
      return { ...created, isBlank: false };
    }
    case 'volume': {
      const origin = await existingVolume(state, source.id);
      const isElsewhere = backend !== backends.ofHost(origin.host);
      if (moment !== null) {
        if (isElsewhere) throw copyInUse(origin);
        return cloneInUse(deps, context, { backend, origin, snapshotId: moment.snapshotId });
      }
      const inUse = await isInUse(state, origin);
      // Asked once: what is left to be done follows from it, whatever another driver would answer later.
      if (isElsewhere || !(await driverImplements(backend, 'createClonedVolume', call))) {
        if (inUse) throw copyInUse(origin);
        return { ...(await callDriver(backend, 'createVolume', { volume }, call)), isBlank: true };
      }
      const params = { volume, source: await driverVolume(state, origin), sourceInUse: inUse };
      return { ...(await callDriver(backend, 'createClonedVolume', params, call)), isBlank: false };
    }
  }
}
