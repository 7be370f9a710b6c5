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
export { type BackupStoreOptions, createBackupStore } from './createBackupStore.ts';
export { BackupError, type BackupErrorCode } from './errors.ts';
export { isId as isBackupId } from './format/names.ts';
export { loadBackupKey } from './keys/keyFile.ts';
export {
  type BackupRepositoryOptions,
  backupRepositoryOptionsSchema,
  createBackupRepository,
} from './repositories/registry.ts';
export type { BackupRepository, ObjectFile, RepositoryObject } from './repositories/repository.ts';
