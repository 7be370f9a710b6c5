import type { DataMover } from '@scoria/data-mover';
import type { ImageCache } from '../cache/imageCache.ts';
import { ImageError } from '../errors.ts';
import type { ImageTransfer } from '../imageTransfer.ts';
import { defaultLimits, type ImageLimits } from '../limits.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import type { ImageSource, ImageStore } from '../sources/imageSource.ts';
import type { TransferParts } from './dependencies.ts';
import { sweepTemporaryFiles } from './temporaryFile.ts';
import { uploadVolume } from './uploadVolume.ts';
import { writeToVolume } from './writeToVolume.ts';

/** Parts of an {@link ImageTransfer}. */
export interface ImageTransferOptions {
  readonly source: ImageSource;
  /** Started by the caller. */
  readonly mover: DataMover;
  /** An existing directory for images that must be whole before they can be converted; private to the service. */
  readonly conversionDirectory: string;
  readonly limits?: Partial<ImageLimits>;
  readonly cache?: ImageCache;
  /** Default: the best sandbox that works here. */
  readonly sandbox?: Sandbox;
}

/** Composes what moves images between a source and volumes. Starts nothing yet. */
export function createImageTransfer(options: ImageTransferOptions): ImageTransfer {
  const { source, mover, conversionDirectory } = options;
  const parts: TransferParts = {
    source,
    mover,
    conversionDirectory,
    cache: options.cache ?? null,
    limits: { ...defaultLimits, ...options.limits },
    sandbox: options.sandbox ?? new Sandbox(),
  };
  // A promise fails, it does not throw.
  const storeOf = async (): Promise<ImageStore> => {
    if (source.store !== undefined) return source.store;
    throw new ImageError('SOURCE_READ_ONLY', `${source.name} stores no images`);
  };
  return {
    describe: (imageId, caller, signal = neverAborted()) => source.describe(imageId, caller, signal),
    writeToVolume: (image, caller, destination, transfer) =>
      writeToVolume(parts, image, caller, destination, transfer),
    createImage: async (draft, caller) => (await storeOf()).create(draft, caller, neverAborted()),
    uploadVolume: (imageId, volume, format, caller, transfer) =>
      uploadVolume(parts, imageId, volume, format, caller, transfer),
    removeImage: async (imageId, caller) => (await storeOf()).remove(imageId, caller, neverAborted()),
    sweep: () => sweepTemporaryFiles(conversionDirectory),
  };
}

function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
