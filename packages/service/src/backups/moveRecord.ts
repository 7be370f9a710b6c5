import { bytes } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import { type BackupExport, type BackupRecord, type RequestContext, ServiceError } from '../model/index.ts';
import { requireAdmin } from '../volumes/access.ts';
import { requireBackup, requireStore } from './access.ts';
import { readBackupUrl, writeBackupUrl } from './backupUrl.ts';
import { readManifestMetadata } from './manifestMetadata.ts';
import { asRefusal } from './storeError.ts';

/** The record of a backup, for another service with the same repository. @throws ServiceError InvalidBackup */
export async function exportRecord(
  { state }: Pick<LifecycleDependencies, 'state'>,
  context: RequestContext,
  id: string,
): Promise<BackupExport> {
  requireAdmin(context, 'export the record of a backup');
  const backup = await requireBackup(state, context, id);
  if (backup.status !== 'available')
    throw new ServiceError(
      'InvalidBackup',
      `backup ${id} is ${backup.status}; only an available one can be exported`,
    );
  if (backup.heldBy !== null)
    throw new ServiceError(
      'InvalidBackup',
      `backup ${id} is held by ${backup.heldBy} itself: only backups in the repository can be exported`,
    );
  return writeBackupUrl(backup);
}

/**
 * Takes up a backup of the repository by its record. What it is comes from its signed manifest, not from the record.
 *
 * @throws ServiceError InvalidBackup when there is one of that id already, the record is wrong, or the manifest is not as it says
 */
export async function importRecord(
  deps: LifecycleDependencies,
  host: string,
  context: RequestContext,
  record: BackupExport,
): Promise<BackupRecord> {
  requireAdmin(context, 'import the record of a backup');
  const store = requireStore(deps);
  const { state, settings } = deps;
  const { id, volume_id: volumeId, size } = readBackupUrl(record);
  if ((await state.backups.find(id)) !== undefined) throw known(id);
  const found = await store.describe({ backupId: id, volumeId }).catch((error: unknown) => {
    throw asRefusal(error);
  });
  if (found.backupId !== id || found.volumeId !== volumeId || found.sizeBytes !== size)
    throw new ServiceError(
      'InvalidBackup',
      `backup ${id} of the repository is of ${found.sizeBytes} bytes of volume ${found.volumeId}; its record says ${size} bytes of ${volumeId}`,
    );
  const said = readManifestMetadata(found.metadata);
  const backup: BackupRecord = {
    id,
    projectId: context.projectId,
    userId: context.userId,
    volumeId,
    snapshotId: null,
    parentId: found.parentId,
    displayName: said.displayName,
    displayDescription: said.displayDescription,
    size: bytes(found.sizeBytes),
    status: 'available',
    availabilityZone: settings.availabilityZone,
    host,
    container: null,
    heldBy: null,
    storedBytes: found.storedBytes,
    objectCount: 0,
    volumeFacts: said.volumeFacts,
    dataTimestamp: said.dataTimestamp ?? found.createdAt,
    hasDependents: false,
    metadata: said.metadata,
    createdAt: found.createdAt,
    updatedAt: null,
    failure: null,
  };
  await state.transaction(
    async (tables) => {
      if (!(await tables.backups.insert(backup))) throw known(id);
      await tables.backupMetadata.merge(id, backup.metadata);
    },
    { durable: true },
  );
  return backup;
}

function known(id: string): ServiceError {
  return new ServiceError('InvalidBackup', `backup ${id} is on record already: delete that one first`);
}
