import type { LifecycleDependencies } from '../dependencies.ts';
import type { BackupRecord, BackupService, BackupStatus, RequestContext } from '../model/index.ts';
import { requireAdmin } from '../volumes/access.ts';
import { requireBackup } from './access.ts';

/** Changes name, description or metadata. Its manifest keeps what it was made with. */
export async function updateBackup(
  { state }: Pick<LifecycleDependencies, 'state'>,
  context: RequestContext,
  id: string,
  { metadata, ...change }: Parameters<BackupService['update']>[2],
): Promise<BackupRecord> {
  return state.transaction(async (tables) => {
    await requireBackup(tables, context, id);
    await tables.backups.update(id, change);
    if (metadata !== undefined) await tables.backupMetadata.replace(id, metadata);
    return requireBackup(tables, context, id);
  });
}

/** Sets a status by hand, past the machine: for an administrator who knows the truth. @throws ServiceError Forbidden */
export async function resetBackupStatus(
  { state, log }: Pick<LifecycleDependencies, 'state' | 'log'>,
  context: RequestContext,
  id: string,
  status: BackupStatus,
): Promise<void> {
  requireAdmin(context, 'reset a status');
  const before = await state.transaction(async (tables) => {
    const backup = await requireBackup(tables, context, id);
    await tables.backups.transition(id, [backup.status], { status });
    return backup.status;
  });
  log.warn(
    { requestId: context.requestId, backupId: id, from: before, status },
    'status was reset by an administrator',
  );
}
