export type {
  BackupDescription,
  BackupEndpoint,
  BackupRunOptions,
  BackupStore,
  ByteExtent,
  CreateBackupRequest,
  VerifyProblem,
  VerifyReport,
} from './backupStore.ts';
export { BackupError, type BackupErrorCode } from './errors.ts';
export type { BackupRepository, RepositoryObject } from './repositories/repository.ts';
