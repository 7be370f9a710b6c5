import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

/** The C library of this process. Loaded once per thread that moves bytes. */
export const libc = koffi.load('libc.so.6');

/** A libc call that failed, by the name of its errno (errno(3)). */
export class ErrnoError extends Error {
  override readonly name = 'ErrnoError';
  /** E.g. ENOSPC. */
  readonly errno: string;
  readonly syscall: string;

  constructor(errno: string, syscall: string) {
    super(`${syscall}: ${errno}`);
    this.errno = errno;
    this.syscall = syscall;
  }
}

/** The last call's result, or an {@link ErrnoError} when it is -1. Must follow the call at once: errno is per thread. */
export function checked(result: unknown, syscall: string): number {
  const value = Number(result);
  if (value !== -1) return value;
  throw new ErrnoError(getSystemErrorName(-koffi.errno()), syscall);
}

/** Errors that say "not here", not "failed": the caller uses another way. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'ENOSYS',
  'ENOTSUP',
  'ENOTTY',
  'EXDEV',
  'EINVAL',
  'EPERM',
  'ETXTBSY',
]);

/** Whether a call failed because this kernel, filesystem or pair of files cannot do it. */
export function isUnsupported(error: unknown): boolean {
  return error instanceof ErrnoError && UNSUPPORTED.has(error.errno);
}
