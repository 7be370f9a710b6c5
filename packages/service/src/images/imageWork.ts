import type { DiskFormat, ImageDescription, ImageTransfer } from '@scoria/images';
import { ServiceError } from '../model/index.ts';

/** Images, where a source of them is configured. */
export interface ImageWork {
  readonly transfer: ImageTransfer;
  /** `image_compress_on_upload`: whether qcow2 is compressed. */
  readonly compressOnUpload: boolean;
  /** Formats that volumes are made of. */
  readonly allowedFormats: readonly DiskFormat[];
  /** Gives back what it holds; the data mover goes on. */
  close(): Promise<void>;
}

/** Whether volumes are made of images of this format here; what it is declared to be decides. */
export function isAllowed({ allowedFormats }: ImageWork, { diskFormat }: ImageDescription): boolean {
  return allowedFormats.some((each) => each === diskFormat);
}

/** @throws ServiceError ImagesNotConfigured that says what to configure */
export function requireImages(images: ImageWork | null): ImageWork {
  if (images !== null) return images;
  throw new ServiceError(
    'ImagesNotConfigured',
    'no image source is configured: add an "images" section with a source to the configuration, then restart the service',
  );
}
