import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type DataMover, DataMoverError, type Identity } from '@scoria/data-mover';
import { ImageError } from '../../errors.ts';
import type { UploadContent } from '../transfer/uploadContent.ts';
import { failedFile } from './fileErrors.ts';
import type { ImageDirectory } from './imageDirectory.ts';

/** Bytes of the largest image that a pipe may bring: what every filesystem takes as the size of a file. */
const MOST_BYTES = 2 ** 42;

/** What was stored. */
export interface StoredBytes {
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Stores an image's bytes as the file of that name, whole or not at all. @throws ImageError */
export async function storeBytes(
  directory: ImageDirectory,
  name: string,
  content: UploadContent,
  mover: DataMover,
  signal: AbortSignal,
): Promise<StoredBytes> {
  let stored: StoredBytes = { bytes: 0, sha256: '' };
  await directory.replace(name, async (file, path) => {
    const { dev, ino } = await file.stat({ bigint: true });
    const destination = { path, identity: inode(dev, ino) };
    try {
      if (content.kind === 'file') stored = await copyFile(content.path);
      else {
        // The mover grows no file; what was not filled is cut off again.
        await file.truncate(MOST_BYTES);
        const { bytes, digests } = await mover.receive(
          {
            fd: content.fd,
            destination,
            length: null,
            most: MOST_BYTES,
            destinationIsZero: true,
            hashes: ['sha256'],
          },
          { signal },
        );
        await file.truncate(bytes);
        if (digests.sha256 === undefined)
          throw new ImageError('SOURCE_UNAVAILABLE', 'no digest was computed');
        stored = { bytes, sha256: digests.sha256 };
      }
    } catch (error) {
      throw failedMove(name, error);
    }

    async function copyFile(from: string): Promise<StoredBytes> {
      await using source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const stats = await source.stat({ bigint: true });
      if (!stats.isFile()) throw new ImageError('SOURCE_REFUSED', `${from} is not a regular file`);
      const length = Number(stats.size);
      await file.truncate(length);
      const { sha256 } = await mover.copy(
        {
          source: { path: from, identity: inode(stats.dev, stats.ino) },
          destination,
          length,
          destinationIsZero: true,
          digest: true,
        },
        { signal },
      );
      return { bytes: length, sha256: sha256 ?? '' };
    }
  });
  return stored;
}

function inode(dev: bigint, ino: bigint): Identity {
  return { type: 'inode', dev: String(dev), ino: String(ino) };
}

function failedMove(name: string, error: unknown): ImageError {
  if (!(error instanceof DataMoverError)) return failedFile(name, error);
  const options = { cause: error };
  if (error.code === 'CANCELLED') return new ImageError('CANCELLED', 'cancelled', options);
  if (error.code === 'NO_SPACE') return new ImageError('NO_SPACE', `${name}: no space left`, options);
  return new ImageError('SOURCE_UNAVAILABLE', `${name} could not be stored: ${error.message}`, options);
}
