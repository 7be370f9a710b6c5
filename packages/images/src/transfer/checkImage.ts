import { ImageError } from '../errors.ts';
import { type DiskFormat, diskFormats, type ImageDescription } from '../model.ts';

/** Formats whose bytes are the disk. */
const rawFormats: ReadonlySet<DiskFormat> = new Set(['raw', 'iso', 'luks']);

/** Whether an image's bytes are its disk. */
export function isRaw(format: DiskFormat): format is 'raw' | 'iso' | 'luks' {
  return rawFormats.has(format);
}

/**
 * What an image is declared to be.
 *
 * @throws ImageError IMAGE_NOT_ACTIVE, FORMAT_NOT_SUPPORTED
 */
export function declaredFormat(image: ImageDescription): DiskFormat {
  if (image.status !== 'active')
    throw new ImageError('IMAGE_NOT_ACTIVE', `image ${image.id} is ${image.status}`);
  if (image.containerFormat !== null && image.containerFormat !== 'bare')
    throw new ImageError(
      'FORMAT_NOT_SUPPORTED',
      `container format ${image.containerFormat} is not supported`,
    );
  const format = diskFormats.find((each) => each === image.diskFormat);
  if (format === undefined)
    throw new ImageError(
      'FORMAT_NOT_SUPPORTED',
      `disk format ${image.diskFormat ?? '(none)'} is not supported`,
    );
  return format;
}
