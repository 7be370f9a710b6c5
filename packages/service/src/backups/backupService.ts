import type { Allocation } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { BackupService } from '../model/index.ts';
import { listScope } from '../volumes/access.ts';
import { requireBackup } from './access.ts';
import { resetBackupStatus, updateBackup } from './changeBackup.ts';
import { createBackup } from './createBackup.ts';
import { createBackupOperation } from './createBackupOperation.ts';
import { deleteBackup } from './deleteBackup.ts';
import { deleteBackupOperation } from './deleteBackupOperation.ts';
import { exportRecord, importRecord } from './moveRecord.ts';
import { restoreOnto, restoreToNew } from './restoreBackup.ts';
import { restoreBackupOperation } from './restoreBackupOperation.ts';
import { Verifications } from './verifications.ts';

/** Backups: every method is a flow of its own file. Registers their operations with the journal. */
export function createBackupService(deps: LifecycleDependencies, host: string): BackupService {
  const { state, journal } = deps;
  const promised = new Map<string, Allocation>();
  const creating = journal.register(createBackupOperation(deps));
  const restoring = journal.register(restoreBackupOperation(deps, promised));
  const deleting = journal.register(deleteBackupOperation(deps));
  const verifications = new Verifications(deps);
  return {
    create: (context, request) => createBackup(deps, host, creating, context, request),
    get: (context, id) => requireBackup(state, context, id),
    list: (context, query) => state.backups.list(query, listScope(context, query.allProjects)),
    update: (context, id, change) => updateBackup(deps, context, id, change),
    restore: (context, id, request) =>
      request.volumeId === null
        ? restoreToNew(deps, restoring, promised, context, id, request)
        : restoreOnto(deps, restoring, context, id, request.volumeId),
    delete: (context, id, options) => deleteBackup(deps, deleting, context, id, options),
    resetStatus: (context, id, status) => resetBackupStatus(deps, context, id, status),
    exportRecord: (context, id) => exportRecord(deps, context, id),
    importRecord: (context, record) => importRecord(deps, host, context, record),
    verify: (context, selection) => verifications.start(context, selection),
    verification: (context, id) => verifications.get(context, id),
    endVerification: (context, id) => verifications.end(context, id),
  };
}
