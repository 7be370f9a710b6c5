import { mkdir } from 'node:fs/promises';
import type { DataMover } from '@scoria/data-mover';
import { createImageCache, createImageSource, createImageTransfer } from '@scoria/images';
import type { ImagesConfig } from './config/index.ts';
import type { ImageWork } from './images/imageWork.ts';

/**
 * What moves images, as the configuration says; null without a source. What processes that are gone left is swept.
 *
 * @throws Error when the directories cannot be used
 */
export async function composeImages(
  config: ImagesConfig | null,
  mover: DataMover,
): Promise<ImageWork | null> {
  if (config === null) return null;
  await mkdir(config.conversionDirectory, { recursive: true, mode: 0o700 });
  const cache =
    config.cache === null
      ? null
      : await createImageCache({ directory: config.cache.directory, maxBytes: config.cache.maxBytes, mover });
  const transfer = createImageTransfer({
    source: createImageSource(config.source, { mover }),
    mover,
    conversionDirectory: config.conversionDirectory,
    limits: config.limits,
    ...(cache !== null && { cache }),
  });
  await transfer.sweep();
  return {
    transfer,
    compressOnUpload: config.compressOnUpload,
    allowedFormats: config.allowedFormats,
    close: async () => cache?.close(),
  };
}
