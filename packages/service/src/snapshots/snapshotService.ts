import type { LifecycleDependencies } from '../dependencies.ts';
import {
  type RequestContext,
  ServiceError,
  type SnapshotRecord,
  type SnapshotService,
  snapshotStatuses,
} from '../model/index.ts';
import { snapshotMachine, type Tables } from '../state/index.ts';
import { listScope, requireAdmin, requireVolume } from '../volumes/access.ts';
import { claimVolume } from '../volumes/claimVolume.ts';
import { refuseUnfinished } from '../volumes/refuseUnfinished.ts';
import { createSnapshotOperation } from './createSnapshotOperation.ts';
import { deleteSnapshotOperation } from './deleteSnapshotOperation.ts';
import { newSnapshot } from './newSnapshot.ts';

/** Snapshots. Registers their operations with the journal. */
export function createSnapshotService(deps: LifecycleDependencies): SnapshotService {
  const { state, journal, log, settings } = deps;
  const creating = journal.register(createSnapshotOperation(deps));
  const deleting = journal.register(deleteSnapshotOperation(deps));
  return {
    async create(context, request) {
      const volume = await requireVolume(state, context, request.volumeId);
      const backend = volume.host === null ? null : deps.backends.ofHost(volume.host);
      if (backend?.serves === true && !backend.implements('createSnapshot'))
        throw new ServiceError(
          'InvalidVolume',
          `volume ${volume.id} is on backend ${backend.name}, whose driver cannot take snapshots`,
        );
      const id = crypto.randomUUID();
      const { value } = await journal.begin(creating, context.requestId, async (tables) => {
        const { maxSnapshots } = settings;
        if (maxSnapshots >= 0 && (await tables.snapshots.count(context.projectId)) >= maxSnapshots)
          throw new ServiceError('OverLimit', `the project has ${maxSnapshots} snapshots: delete one first`);
        const claimed = await claimVolume(tables, volume.id, request.force ? 'snapshotForced' : 'snapshot');
        const snapshot = newSnapshot({
          id,
          projectId: context.projectId,
          userId: context.userId,
          volumeId: claimed.id,
          displayName: request.displayName,
          displayDescription: request.displayDescription,
          volumeSize: claimed.size,
          status: 'creating',
          metadata: request.metadata,
        });
        await tables.snapshots.insert(snapshot);
        await tables.snapshotMetadata.merge(id, request.metadata);
        await tables.snapshotImageMetadata.merge(id, claimed.imageMetadata);
        const args = { snapshotId: id, volumeId: claimed.id, volumeInUse: claimed.status === 'in-use' };
        return { objectId: id, args, value: snapshot };
      });
      return value;
    },

    get: (context, id) => requireSnapshot(state, context, id),

    list: (context, query) => state.snapshots.list(query, listScope(context, query.allProjects)),

    update: (context, id, change) =>
      state.transaction(async (tables) => {
        await requireSnapshot(tables, context, id);
        await tables.snapshots.update(id, change);
        return requireSnapshot(tables, context, id);
      }),

    async delete(context, id, { force }) {
      if (force) requireAdmin(context, 'force a deletion');
      await requireSnapshot(state, context, id);
      const { from, during } = snapshotMachine.delete;
      const statuses = force ? snapshotStatuses.filter((status) => status !== during) : from;
      await journal.begin(deleting, context.requestId, async (tables) => {
        const before = await tables.snapshots.find(id);
        const claimed = await tables.snapshots.transition(id, statuses, { status: during, failure: null }, [
          'no-volume-under-way',
        ]);
        if (!claimed) throw await deletionRefusal(tables, id);
        return {
          objectId: id,
          args: { snapshotId: id, wasAvailable: before?.status === 'available' },
          value: undefined,
        };
      });
    },

    async resetStatus(context, id, status) {
      requireAdmin(context, 'reset a status');
      const snapshot = await state.transaction(async (tables) => {
        const before = await requireSnapshot(tables, context, id);
        if (status === 'available') await refuseUnfinished(tables, { kind: 'snapshot', id });
        await tables.snapshots.transition(id, [before.status], { status });
        return before;
      });
      log.warn(
        { requestId: context.requestId, snapshotId: id, from: snapshot.status, status },
        'status was reset by an administrator',
      );
    },

    setMetadata: (context, id, metadata, { replace }) =>
      state.transaction(async (tables) => {
        await requireSnapshot(tables, context, id);
        await (replace
          ? tables.snapshotMetadata.replace(id, metadata)
          : tables.snapshotMetadata.merge(id, metadata));
        return (await requireSnapshot(tables, context, id)).metadata;
      }),

    async deleteMetadataKey(context, id, key) {
      await requireSnapshot(state, context, id);
      if (!(await state.snapshotMetadata.remove(id, key)))
        throw new ServiceError('MetadataNotFound', `snapshot ${id} has no metadata "${key}"`);
    },
  };
}

async function requireSnapshot(
  tables: Pick<Tables, 'snapshots'>,
  context: RequestContext,
  id: string,
): Promise<SnapshotRecord> {
  const snapshot = await tables.snapshots.find(id);
  if (snapshot === undefined || !(context.isAdmin || snapshot.projectId === context.projectId))
    throw new ServiceError('SnapshotNotFound', `snapshot ${id} could not be found`);
  return snapshot;
}

async function deletionRefusal(tables: Tables, id: string): Promise<ServiceError> {
  const snapshot = await tables.snapshots.find(id);
  if (snapshot === undefined)
    return new ServiceError('SnapshotNotFound', `snapshot ${id} could not be found`);
  const { from } = snapshotMachine.delete;
  return from.some((status) => status === snapshot.status)
    ? new ServiceError(
        'InvalidSnapshot',
        `snapshot ${id} cannot be deleted: a volume is being made of it; wait until that is done`,
      )
    : new ServiceError(
        'InvalidSnapshot',
        `snapshot ${id} is ${snapshot.status} and can be deleted only when it is ${from.join(', ')}: wait, or have an administrator reset its status`,
      );
}
