import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import { type RequestContext, ServiceError, serviceProject, volumeStatuses } from '../model/index.ts';
import { snapshotMachine, type Tables, type VolumeGuard } from '../state/index.ts';
import { requireAdmin, requireVolume } from './access.ts';
import { claimVolume } from './claimVolume.ts';
import type { DeleteVolumeArguments } from './deleteVolumeOperation.ts';
import { volumeRefusal } from './refusal.ts';

/**
 * Starts to delete a volume; with `cascade` its snapshots too; with `force` whatever its status is.
 *
 * @throws ServiceError InvalidVolume when it is attached, has snapshots, is being cloned, or is in another status.
 */
export async function deleteVolume(
  { state, journal }: LifecycleDependencies,
  operation: Operation<DeleteVolumeArguments, void>,
  context: RequestContext,
  id: string,
  { cascade, force }: { readonly cascade: boolean; readonly force: boolean },
): Promise<void> {
  if (force) requireAdmin(context, 'force a deletion');
  await requireVolume(state, context, id);
  await journal.begin(operation, context.requestId, async (tables) => {
    const { snapshotIds, goodSnapshotIds } = await claimSnapshots(tables, id, { cascade });
    const when: VolumeGuard[] = [
      'no-attachments',
      'no-clone-under-way',
      ...(cascade ? [] : (['no-snapshots'] as const)),
      ...(force ? [] : (['no-connections'] as const)),
    ];
    if (force) await claimInAnyStatus(tables, id, when);
    else await claimVolume(tables, id, 'delete', { when });
    return { objectId: id, args: { volumeId: id, snapshotIds, goodSnapshotIds, force }, value: undefined };
  });
}

async function claimInAnyStatus(tables: Tables, id: string, when: readonly VolumeGuard[]): Promise<void> {
  const from = volumeStatuses.filter((status) => status !== 'deleting');
  const claimed = await tables.volumes.transition(
    id,
    from,
    { status: 'deleting', failure: null },
    { when, remember: true },
  );
  if (claimed) return;
  const volume = await tables.volumes.find(id);
  // It was there a moment ago: another request has deleted it.
  if (volume === undefined) throw new ServiceError('VolumeNotFound', `volume ${id} could not be found`);
  throw await volumeRefusal(
    tables,
    { ...volume, status: volume.status === 'deleting' ? 'deleting' : 'available' },
    'delete',
    when,
  );
}

/**
 * The snapshots that go with a volume: with `cascade` all, else what the service has left of its own, which users cannot delete. One that
 * it is using belongs to a clone under way, which stands against the deletion by itself. Those that are being deleted are among them.
 */
async function claimSnapshots(
  tables: Tables,
  volumeId: string,
  { cascade }: { readonly cascade: boolean },
): Promise<Pick<DeleteVolumeArguments, 'snapshotIds' | 'goodSnapshotIds'>> {
  const all = await tables.snapshots.ofVolume(volumeId);
  const snapshots = all.filter(({ projectId, status }) =>
    projectId === serviceProject ? status !== 'creating' : cascade,
  );
  const { from, during } = snapshotMachine.delete;
  for (const { id, status } of snapshots) {
    // By a deletion of its own: this one waits for its lock, and then claims what it has left.
    if (status === during) continue;
    const claimed = await tables.snapshots.transition(id, from, { status: during, failure: null }, [
      'no-volume-under-way',
    ]);
    if (claimed) continue;
    const snapshot = await tables.snapshots.find(id);
    throw new ServiceError(
      'InvalidVolume',
      `volume ${volumeId} cannot be deleted with its snapshots: snapshot ${id} is ${snapshot?.status} or a volume is being made of it; wait until that is done`,
    );
  }
  const good = snapshots.filter(({ status }) => status === 'available');
  return { snapshotIds: snapshots.map(({ id }) => id), goodSnapshotIds: good.map(({ id }) => id) };
}
