import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { DataMoverError } from './errors.ts';
import { ErrnoError } from './libc/library.ts';

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** Runs one system call on an endpoint and turns its failure into NO_SPACE or IO_ERROR with the place. */
export function attemptIo<T>(endpoint: Endpoint, offset: number, control: TaskControl, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw ioError(endpoint, offset, control, error);
  }
}

/** The typed error of a failed system call; anything else is returned unchanged. */
export function ioError(
  endpoint: Endpoint,
  offset: number | undefined,
  control: TaskControl,
  error: unknown,
): unknown {
  const errno = errnoOf(error);
  if (errno === undefined) return error;
  const full = endpoint.side === 'destination' && FULL.has(errno);
  const place = offset === undefined ? '' : ` at byte ${offset}`;
  return new DataMoverError(
    full ? 'NO_SPACE' : 'IO_ERROR',
    `${endpoint.side} ${endpoint.path}: ${errno}${place}`,
    {
      side: endpoint.side,
      path: endpoint.path,
      errno,
      doneBytes: control.doneBytes,
      ...(offset === undefined ? {} : { offset }),
    },
    { cause: error },
  );
}

/** The errno name of an error of libc or of node:fs. */
export function errnoOf(error: unknown): string | undefined {
  if (error instanceof ErrnoError) return error.errno;
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}
