import type { BackupStore } from '@scoria/backup';
import { type BackupRecord, type RequestContext, ServiceError } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** The refusal for a backup that is not there, or not the caller's: the two look alike. */
export function backupNotFound(id: string): ServiceError {
  return new ServiceError('BackupNotFound', `backup ${id} could not be found`);
}

/** The backup, if the caller may see it. @throws ServiceError BackupNotFound */
export async function requireBackup(
  tables: Pick<Tables, 'backups'>,
  context: RequestContext,
  id: string,
): Promise<BackupRecord> {
  const backup = await tables.backups.find(id);
  if (backup === undefined || !(context.isAdmin || backup.projectId === context.projectId))
    throw backupNotFound(id);
  return backup;
}

/** The repository. @throws ServiceError BackupsNotConfigured, with what to configure */
export function requireStore({ backups }: { readonly backups: BackupStore | null }): BackupStore {
  if (backups !== null) return backups;
  throw new ServiceError(
    'BackupsNotConfigured',
    'backups need a repository: add a section "backup" to the configuration (kind: directory with a path, or kind: s3) and restart the service',
  );
}
