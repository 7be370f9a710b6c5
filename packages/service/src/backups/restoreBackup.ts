import { bytesToGibCeil } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import {
  type BackupRecord,
  type BackupService,
  type RequestContext,
  ServiceError,
  type VolumeRecord,
} from '../model/index.ts';
import { backupMachine, type Tables } from '../state/index.ts';
import { resolveType } from '../types/resolveType.ts';
import { requireVolume } from '../volumes/access.ts';
import { claimVolume } from '../volumes/claimVolume.ts';
import { checkLimits } from '../volumes/limits.ts';
import { placementRequest } from '../volumes/placementRequest.ts';
import { backupNotFound, requireBackup, requireStore } from './access.ts';
import { isReachable } from './driverHeld.ts';
import type { RestoreBackupArguments } from './restoreBackupOperation.ts';

type Request = Parameters<BackupService['restore']>[2];
type RestoreOperation = Operation<RestoreBackupArguments, void>;

/** Starts to restore a backup over a volume. @throws ServiceError InvalidBackup, InvalidVolume, InvalidInput when it is too small */
export async function restoreOnto(
  deps: LifecycleDependencies,
  operation: RestoreOperation,
  context: RequestContext,
  id: string,
  volumeId: string,
): Promise<VolumeRecord> {
  const { state, journal } = deps;
  const backup = await requireBackup(state, context, id);
  if (backup.heldBy === null) requireStore(deps);
  const { size } = await requireVolume(state, context, volumeId);
  if (size < backup.size)
    throw new ServiceError(
      'InvalidInput',
      `volume ${volumeId} has ${bytesToGibCeil(size)} GiB (${size} bytes), backup ${id} is of ${bytesToGibCeil(backup.size)} GiB (${backup.size} bytes): extend the volume, or restore to a new one`,
    );
  const { value } = await journal.begin(operation, context.requestId, async (tables) => {
    const volume = await claimVolume(tables, volumeId, 'restore', {
      when: ['no-attachments', 'no-connections', 'no-clone-under-way'],
    });
    if (!isReachable(backup, volume))
      throw new ServiceError(
        'InvalidVolume',
        `backup ${id} is held by ${backup.heldBy}, volume ${volumeId} is on ${volume.host}: restore it to a volume there`,
      );
    await claimBackup(tables, id);
    return { objectId: id, args: { backupId: id, volumeId, make: null }, value: volume };
  });
  return value;
}

/** Starts to restore a backup to a volume that is made for it. @throws ServiceError as creating a volume, and InvalidBackup */
export async function restoreToNew(
  deps: LifecycleDependencies,
  operation: RestoreOperation,
  promised: Map<string, { settle(): void; release(): void }>,
  context: RequestContext,
  id: string,
  request: Request,
): Promise<VolumeRecord> {
  const { state, settings, scheduler, journal } = deps;
  const backup = await requireBackup(state, context, id);
  if (backup.heldBy === null) requireStore(deps);
  const size = request.size ?? backup.size;
  if (size < backup.size)
    throw new ServiceError(
      'InvalidInput',
      `a volume of ${bytesToGibCeil(size)} GiB is smaller than backup ${id} of ${bytesToGibCeil(backup.size)} GiB: ask for at least that`,
    );
  const type = await resolveType(state, request.volumeType ?? settings.defaultVolumeType);
  await checkLimits(deps, context, { volumes: 1, more: size });
  const volume = newVolume(context, backup, {
    size,
    name: request.name,
    description: request.description,
    typeId: type.id,
    zone: settings.availabilityZone,
    multiattach: /^<is>\s*true$/i.test(type.extraSpecs['multiattach'] ?? ''),
  });
  const pinned = backup.heldBy;
  const placement = await scheduler.place(await placementRequest(state, volume, pinned));
  if (placement !== null) promised.set(volume.id, placement.allocation);
  try {
    const record = { ...volume, host: placement?.host ?? null };
    const { value } = await journal.begin(operation, context.requestId, async (tables) => {
      await claimBackup(tables, id);
      await checkLimits({ state: tables, settings }, context, { volumes: 1, more: size });
      await tables.volumes.insert(record);
      await tables.volumeMetadata.merge(record.id, request.metadata ?? backup.volumeFacts.metadata);
      await tables.volumeImageMetadata.merge(record.id, backup.volumeFacts.imageMetadata);
      const make = { placed: placement !== null, pinned, named: request.name !== null };
      return { objectId: id, args: { backupId: id, volumeId: record.id, make }, value: record };
    });
    return value;
  } catch (error) {
    promised.get(volume.id)?.release();
    promised.delete(volume.id);
    throw error;
  }
}

async function claimBackup(tables: Tables, id: string): Promise<void> {
  const { from, during } = backupMachine.restore;
  if (await tables.backups.transition(id, from, { status: during, failure: null })) return;
  const backup = await tables.backups.find(id);
  if (backup === undefined) throw backupNotFound(id);
  throw new ServiceError(
    'InvalidBackup',
    `backup ${id} is ${backup.status} and can be restored only when it is ${from.join(', ')}`,
  );
}

function newVolume(
  context: RequestContext,
  backup: BackupRecord,
  given: {
    readonly size: VolumeRecord['size'];
    readonly name: string | null;
    readonly description: string | null;
    readonly typeId: string;
    readonly zone: string;
    readonly multiattach: boolean;
  },
): VolumeRecord {
  const id = crypto.randomUUID();
  return {
    id,
    projectId: context.projectId,
    userId: context.userId,
    displayName: given.name ?? `restore_backup_${backup.id}`,
    displayDescription: given.description ?? 'auto-created_from_restore_from_backup',
    backendName: `volume-${id}`,
    size: given.size,
    status: 'creating',
    previousStatus: null,
    attachStatus: 'detached',
    migrationStatus: null,
    availabilityZone: given.zone,
    host: null,
    volumeTypeId: given.typeId,
    snapshotId: null,
    sourceVolumeId: null,
    bootable: false,
    multiattach: given.multiattach,
    readOnly: false,
    encrypted: false,
    providerLocation: null,
    providerAuth: null,
    providerGeometry: null,
    providerId: null,
    metadata: {},
    imageMetadata: {},
    adminMetadata: {},
    createdAt: new Date().toISOString(),
    updatedAt: null,
    launchedAt: null,
    failure: null,
  };
}
