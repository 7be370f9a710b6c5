/** What configfs refused, told apart by errno. */
export type LioErrorCode =
  /** There is no such entry (ENOENT), or no configfs. */
  | 'ABSENT'
  /** Something still refers to the entry (EBUSY, ENOTEMPTY). */
  | 'BUSY'
  /** No right to do it (EACCES, EPERM, EROFS). */
  | 'FORBIDDEN'
  /** The kernel does not take it (EINVAL and all others): a portal of no interface, a device in use. */
  | 'REFUSED';

const codes: Readonly<Record<string, LioErrorCode>> = {
  ENOENT: 'ABSENT',
  ENOTDIR: 'ABSENT',
  EBUSY: 'BUSY',
  ENOTEMPTY: 'BUSY',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  EROFS: 'FORBIDDEN',
};

/** The errno of a failed system call; null for anything else. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** An operation on configfs that failed. What was to be written is never part of it. */
export class LioError extends Error {
  override readonly name = 'LioError';
  readonly code: LioErrorCode;
  /** Such as `EINVAL`. */
  readonly errno: string;
  /** Below LIO's directory. */
  readonly path: string;

  constructor(what: string, path: string, cause: unknown) {
    const errno = errnoOf(cause) ?? 'unknown';
    super(`${what} ${path}: ${errno}`);
    this.errno = errno;
    this.code = codes[errno] ?? 'REFUSED';
    this.path = path;
  }
}

/** Whether it is an error of configfs, of one of these codes when some are given. */
export function isLioError(error: unknown, ...of: readonly LioErrorCode[]): error is LioError {
  return error instanceof LioError && (of.length === 0 || of.includes(error.code));
}
