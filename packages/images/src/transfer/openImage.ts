import { type BigIntStats, closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import type { Identity } from '@scoria/data-mover';
import { ImageError } from '../errors.ts';

/** A file that holds an image, open for reading. */
export interface OpenImage {
  readonly path: string;
  readonly fd: number;
  readonly sizeBytes: number;
  readonly identity: Identity;
  /** @throws ImageError CONVERSION_FAILED when the file was changed or replaced since it was opened */
  proveUnchanged(): void;
  close(): void;
}

/** Opens an image without waiting (a FIFO would) or following a link, and holds it, so that what is inspected is what is converted. @throws ImageError CONVERSION_FAILED */
export function openImage(path: string): OpenImage {
  const fd = openExisting(path);
  const before = fstatSync(fd, { bigint: true });
  if (!before.isFile()) {
    closeSync(fd);
    throw new ImageError('CONVERSION_FAILED', `${path} is not a file`);
  }
  return {
    path,
    fd,
    sizeBytes: Number(before.size),
    identity: { type: 'inode', dev: String(before.dev), ino: String(before.ino) },
    proveUnchanged: () => {
      if (isSame(before, fstatSync(fd, { bigint: true })) && isSame(before, statSync(path, { bigint: true })))
        return;
      throw new ImageError('CONVERSION_FAILED', `${path} was changed while it was read`);
    },
    close: () => closeSync(fd),
  };
}

function openExisting(path: string): number {
  try {
    return openSync(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
    );
  } catch (error) {
    throw new ImageError('CONVERSION_FAILED', `${path} cannot be opened`, { cause: error });
  }
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}
