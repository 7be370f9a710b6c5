import { BackupError, type BackupErrorCode } from '@scoria/backup';
import { ContractError, type ErrorCode } from '@scoria/core/contract';
import { ServiceError } from '../model/index.ts';

const codes: Readonly<Record<BackupErrorCode, ErrorCode>> = {
  BACKUP_NOT_FOUND: 'NOT_FOUND',
  OBJECT_MISSING: 'NOT_FOUND',
  CORRUPT: 'BACKEND_ERROR',
  MANIFEST_FORGED: 'BACKEND_ERROR',
  FORMAT_UNKNOWN: 'BACKEND_ERROR',
  WRONG_KEY: 'INVALID_CONFIGURATION',
  PARENT_UNUSABLE: 'INVALID_ARGUMENT',
  DESTINATION_TOO_SMALL: 'SIZE_UNSUPPORTED',
  REPOSITORY_UNAVAILABLE: 'BACKEND_UNAVAILABLE',
  REPOSITORY_FULL: 'NO_SPACE',
  REPOSITORY_REFUSED: 'INVALID_CONFIGURATION',
  DEVICE_FAILED: 'DEVICE_UNAVAILABLE',
  CANCELLED: 'CANCELLED',
};

/** An error of the repository as the journal takes it; the repository's own code stays in the text. Others are left alone. */
export function asJournalError(error: unknown): unknown {
  if (!(error instanceof BackupError)) return error;
  return new ContractError(codes[error.code], `${error.code}: ${error.message}`, { cause: error });
}

/** An error of the repository as a client of the API takes it. */
export function asRefusal(error: unknown): unknown {
  if (!(error instanceof BackupError)) return error;
  const kind = error.code === 'REPOSITORY_UNAVAILABLE' ? 'ServiceUnavailable' : 'InvalidBackup';
  return new ServiceError(kind, `${error.code}: ${error.message}`, { cause: error });
}

/** Runs work on the repository. @throws ContractError instead of BackupError */
export async function onStore<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw asJournalError(error);
  }
}
