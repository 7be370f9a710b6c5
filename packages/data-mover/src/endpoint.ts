import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { DataMoverError, type Side } from './errors.ts';
import type { Identity } from './identity/identity.ts';
import { proveIdentity } from './identity/proveIdentity.ts';
import { ErrnoError } from './libc/library.ts';
import { seekEnd } from './libc/seek.ts';

/** A file or block device that has proven to be the right one. */
export interface Endpoint {
  readonly side: Side;
  readonly path: string;
  readonly fd: number;
  readonly kind: 'file' | 'block-device';
  /** Same device and inode number: same bytes. Block devices go by their number, whatever node they were opened by. */
  readonly key: string;
  /** st_dev of a file; undefined for block devices. */
  readonly filesystem: bigint | undefined;
  readonly size: number;
  /** Closes it, after whatever still uses it. */
  close(): void;
  /** Postpones closing until `use` is over. */
  keepOpenFor(use: Promise<unknown>): void;
}

/**
 * Opens a path and proves what it is. Never creates or truncates (contract.md D21, D37), and never waits (a FIFO would).
 *
 * @param identity undefined: any file or block device will do
 * @param access default: sources are read, destinations written
 * @throws DataMoverError CANNOT_OPEN, NOT_A_FILE_OR_DEVICE, IDENTITY_MISMATCH, IDENTITY_UNPROVEN
 */
export function openEndpoint(
  side: Side,
  path: string,
  identity: Identity | undefined,
  access: 'read' | 'write' = side === 'source' ? 'read' : 'write',
): Endpoint {
  const flags = access === 'read' ? constants.O_RDONLY : constants.O_RDWR;
  const fd = openExisting(side, path, flags | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile() && !stats.isBlockDevice()) {
      throw new DataMoverError(
        'NOT_A_FILE_OR_DEVICE',
        `${side} ${path} is neither a file nor a block device`,
        { side, path },
      );
    }
    if (identity !== undefined) proveIdentity(fd, identity, side, path);
    const uses: Promise<unknown>[] = [];
    return {
      side,
      path,
      fd,
      kind: stats.isFile() ? 'file' : 'block-device',
      key: stats.isFile() ? `file ${stats.dev} ${stats.ino}` : `block ${stats.rdev}`,
      filesystem: stats.isFile() ? stats.dev : undefined,
      size: seekEnd(fd),
      close: () => {
        if (uses.length === 0) closeQuietly(fd);
        else void Promise.allSettled(uses).then(() => closeQuietly(fd));
      },
      keepOpenFor: (use) => void uses.push(use),
    };
  } catch (error) {
    closeQuietly(fd);
    throw error instanceof ErrnoError ? cannotOpen(side, path, error.errno, error) : error;
  }
}

/** @throws DataMoverError SOURCE_TOO_SMALL or DESTINATION_TOO_SMALL when a range does not fit, be it by one byte */
export function requireRange({ side, path, size }: Endpoint, offset: number, length: number): void {
  const missing = offset + length - size;
  if (missing <= 0) return;
  throw new DataMoverError(
    side === 'source' ? 'SOURCE_TOO_SMALL' : 'DESTINATION_TOO_SMALL',
    `${side} ${path} has ${size} bytes, ${missing} too few for ${length} from byte ${offset} on`,
    { side, path, doneBytes: 0 },
  );
}

/** A device that is gone says so once more (FUSE: ENOTCONN); what counts was said by the calls before, fsync(2) among them. close(2). */
function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error) || error.code === 'EBADF') throw error;
  }
}

/** The size now, for noticing that a file was cut while it was read. */
export function currentSize(endpoint: Endpoint): number {
  return seekEnd(endpoint.fd);
}

function openExisting(side: Side, path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw cannotOpen(side, path, errno, error);
  }
}

function cannotOpen(side: Side, path: string, errno: string, cause: unknown): DataMoverError {
  return new DataMoverError(
    'CANNOT_OPEN',
    `${side} ${path} cannot be opened: ${errno}`,
    { side, path, errno },
    { cause },
  );
}
