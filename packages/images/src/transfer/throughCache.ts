import { statSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { DataMoverError } from '@scoria/data-mover';
import type { CachedImage, ImageCache } from '../cache/imageCache.ts';
import { ImageError } from '../errors.ts';
import type { WrittenImage } from '../imageTransfer.ts';
import type { VolumeEndpoint } from '../model.ts';
import { declaredFormat } from './checkImage.ts';
import { withTemporaryFile } from './temporaryFile.ts';
import { type Write, writeDirectly } from './writeDirectly.ts';
import { zeroTail } from './zeroTail.ts';

/**
 * Writes an image out of the cache, which takes it in first when it does not have it.
 *
 * @returns null when the image is none for the cache: nothing was written
 * @throws ImageError; DataMoverError about the destination
 */
export async function throughCache(write: Write): Promise<WrittenImage | null> {
  const { parts, image, destination, signal, report } = write;
  const { cache, mover } = parts;
  if (cache === null || !cache.accepts(image)) return null;
  const found = await cache.lookup(image, signal);
  const entry = found ?? (await takeIn(cache, write));
  if (entry === null) return null;
  try {
    const { path, identity, sizeBytes } = entry;
    if (sizeBytes > destination.sizeBytes)
      throw new ImageError('IMAGE_TOO_LARGE', `the disk of the image has ${sizeBytes} bytes`, {
        rule: 'any.virtual-size',
      });
    report.total(sizeBytes);
    await mover.copy(
      {
        source: { path, identity },
        destination: { path: destination.path, identity: destination.identity },
        length: sizeBytes,
        destinationIsZero: destination.isZero,
      },
      { signal, onProgress: ({ doneBytes }) => report.done(doneBytes) },
    );
    await zeroTail(mover, destination, sizeBytes, signal);
    report.finish(sizeBytes);
    return { format: declaredFormat(image), virtualSizeBytes: sizeBytes, cached: found !== null };
  } finally {
    await entry.release();
  }
}

/** Makes the disk of an image a file of the cache. @returns null when it does not take it, or has no room */
async function takeIn(cache: ImageCache, write: Write): Promise<CachedImage | null> {
  const { image, destination, signal } = write;
  try {
    return await withTemporaryFile(cache.stagingDirectory, destination.sizeBytes, async (path) => {
      const { virtualSizeBytes } = await writeDirectly({ ...write, destination: fileAsVolume(path) });
      await truncate(path, virtualSizeBytes);
      return cache.store(image, path, signal);
    });
  } catch (error) {
    // The volume may well have the room that the cache has not.
    if ((error instanceof ImageError || error instanceof DataMoverError) && error.code === 'NO_SPACE')
      return null;
    throw error;
  }
}

function fileAsVolume(path: string): VolumeEndpoint {
  const { dev, ino, size } = statSync(path, { bigint: true });
  return {
    path,
    identity: { type: 'inode', dev: String(dev), ino: String(ino) },
    sizeBytes: Number(size),
    isZero: true,
  };
}
