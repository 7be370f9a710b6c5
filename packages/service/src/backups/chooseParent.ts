import { type BackupRecord, type RequestContext, ServiceError, type SnapshotRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';
import { requireBackup } from './access.ts';

/** What is backed up. */
interface Subject {
  readonly volumeId: string;
  /** Backups of later data are no parents of an older snapshot. */
  readonly snapshot: Pick<SnapshotRecord, 'id' | 'createdAt'> | null;
}

/**
 * The backup that an incremental one adds to: the one asked for, else the available one with the newest data.
 *
 * @throws ServiceError BackupNotFound, InvalidBackup when there is none or it cannot be added to
 */
export async function chooseParent(
  tables: Pick<Tables, 'backups'>,
  context: RequestContext,
  { volumeId, snapshot }: Subject,
  parentId: string | null,
): Promise<BackupRecord> {
  if (parentId !== null) {
    const parent = await requireBackup(tables, context, parentId);
    if (parent.volumeId !== volumeId)
      throw new ServiceError(
        'InvalidBackup',
        `backup ${parentId} is of volume ${parent.volumeId}, not of ${volumeId}: name a backup of the same volume`,
      );
    if (parent.status !== 'available')
      throw new ServiceError(
        'InvalidBackup',
        `backup ${parentId} is ${parent.status}; only an available one can be added to`,
      );
    return parent;
  }
  const all = await tables.backups.ofVolume(volumeId, context.projectId);
  const parent = all.find(
    ({ status, dataTimestamp }) =>
      status === 'available' && (snapshot === null || dataTimestamp < snapshot.createdAt),
  );
  if (parent !== undefined) return parent;
  throw new ServiceError(
    'InvalidBackup',
    `there is no available backup of volume ${volumeId}${snapshot === null ? '' : ` from before snapshot ${snapshot.id}`} to add to: make a full one first`,
  );
}
