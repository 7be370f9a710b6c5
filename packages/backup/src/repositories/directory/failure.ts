import { BackupError, type BackupErrorCode } from '../../errors.ts';

const CODES: Readonly<Record<string, BackupErrorCode>> = {
  ENOENT: 'OBJECT_MISSING',
  ENOSPC: 'REPOSITORY_FULL',
  EDQUOT: 'REPOSITORY_FULL',
  EFBIG: 'REPOSITORY_FULL',
  EACCES: 'REPOSITORY_REFUSED',
  EPERM: 'REPOSITORY_REFUSED',
  EROFS: 'REPOSITORY_REFUSED',
};

/** errno name of a failed system call. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}

/** The typed error of a failed system call on an object; anything else is returned as it is. */
export function directoryFailure(error: unknown, root: string, object: string): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const code = CODES[errno] ?? 'REPOSITORY_UNAVAILABLE';
  const what = code === 'OBJECT_MISSING' ? 'is not there' : `failed: ${errno}`;
  return new BackupError(code, `directory ${root}: ${object} ${what}`, { object, cause: error });
}
