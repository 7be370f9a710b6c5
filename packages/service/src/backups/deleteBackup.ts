import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import { backupStatuses, type RequestContext, ServiceError } from '../model/index.ts';
import { type BackupGuard, backupMachine, type Tables } from '../state/index.ts';
import { requireAdmin } from '../volumes/access.ts';
import { backupNotFound, requireBackup, requireStore } from './access.ts';
import type { DeleteBackupArguments } from './deleteBackupOperation.ts';

const guards: readonly BackupGuard[] = ['no-child-under-way', 'no-dependents'];

/**
 * Starts to delete a backup. What is under way on it is cancelled: a backup that is being made, and with `force` a restore.
 *
 * @throws ServiceError InvalidBackup in another status, while an incremental one is being made upon it, or when a driver needs it
 */
export async function deleteBackup(
  deps: LifecycleDependencies,
  operation: Operation<DeleteBackupArguments, void>,
  context: RequestContext,
  id: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { state, journal, log } = deps;
  if (force) requireAdmin(context, 'force a deletion');
  const backup = await requireBackup(state, context, id);
  if (backup.heldBy === null) requireStore(deps);
  const { from, during } = backupMachine.delete;
  const statuses = force ? backupStatuses.filter((status) => status !== during) : from;
  await journal.begin(operation, context.requestId, async (tables) => {
    if (!(await tables.backups.transition(id, statuses, { status: during, failure: null }, guards)))
      throw await refusal(tables, id, statuses);
    return { objectId: id, args: { backupId: id }, value: undefined };
  });
  // The deletion waits for its turn, which comes when this is undone.
  journal
    .cancel(id, ['backup.create', 'backup.restore'], `backup ${id} is being deleted`)
    .catch((error: unknown) => log.error({ err: error, backupId: id }, 'what is under way goes on'));
}

async function refusal(tables: Tables, id: string, from: readonly string[]): Promise<ServiceError> {
  const backup = await tables.backups.find(id);
  if (backup === undefined) return backupNotFound(id);
  if (!from.includes(backup.status))
    return new ServiceError(
      'InvalidBackup',
      `backup ${id} is ${backup.status} and can be deleted only when it is ${from.join(', ')}: wait, or have an administrator force it`,
    );
  return new ServiceError(
    'InvalidBackup',
    backup.hasDependents
      ? `backup ${id} cannot be deleted: ${backup.heldBy} holds incremental backups that were made upon it; delete those first`
      : `backup ${id} cannot be deleted: an incremental backup is being made upon it; wait until that is done`,
  );
}
