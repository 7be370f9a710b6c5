import { ContractError } from '@scoria/core/contract';
import { z } from 'zod';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RunContext } from '../journal/index.ts';
import type { BackupRecord, VolumeRecord } from '../model/index.ts';

/** What the journal keeps of a backup that is being made. */
export const createBackupArguments = z.object({
  backupId: z.string(),
  /** The volume that it is of. */
  volumeId: z.string(),
  /** The snapshot that it was asked to be made of. */
  snapshotId: z.string().nullable(),
  parentId: z.string().nullable(),
  /** Copies that are made only to be read, and removed afterwards; null: the volume itself is read. */
  temporary: z
    .object({
      volumeId: z.string(),
      /** Null: the volume is made of the snapshot that was asked for. */
      snapshotId: z.string().nullable(),
    })
    .nullable(),
});
export type CreateBackupArguments = z.infer<typeof createBackupArguments>;
/** One run of it. */
export type CreateBackupContext = RunContext<CreateBackupArguments>;

/** Who reads first: whether the backup is still wanted after a restart. @throws ContractError CANCELLED, NOT_FOUND */
export async function wantedBackup(
  { state }: Pick<LifecycleDependencies, 'state'>,
  { backupId }: Pick<CreateBackupArguments, 'backupId'>,
): Promise<BackupRecord> {
  const backup = await state.backups.find(backupId);
  if (backup === undefined) throw new ContractError('NOT_FOUND', `the record of backup ${backupId} is gone`);
  if (backup.status !== 'creating')
    throw new ContractError('CANCELLED', `backup ${backupId} is ${backup.status}: nobody waits for it`);
  return backup;
}

/** A volume that an operation works on. @throws ContractError NOT_FOUND */
export async function existingVolume(
  { state }: Pick<LifecycleDependencies, 'state'>,
  id: string,
): Promise<VolumeRecord> {
  const volume = await state.volumes.find(id);
  if (volume === undefined) throw new ContractError('NOT_FOUND', `the record of volume ${id} is gone`);
  return volume;
}
