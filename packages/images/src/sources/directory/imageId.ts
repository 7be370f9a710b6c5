import { randomUUID } from 'node:crypto';
import { ImageError } from '../../errors.ts';

const SIDECAR = '.json';

/**
 * Checks the id of an image in a directory: the name of its file, which is no path, not hidden and no description.
 *
 * @throws ImageError IMAGE_NOT_FOUND
 */
export function checkImageId(imageId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(imageId) && !imageId.endsWith(SIDECAR)) return imageId;
  throw new ImageError('IMAGE_NOT_FOUND', `${JSON.stringify(imageId).slice(0, 80)} is no id of an image`);
}

/** Name of the file that describes an image. */
export function sidecarName(imageId: string): string {
  return `${imageId}${SIDECAR}`;
}

/** A name for a file that is not whole yet; no image can have it. */
export function partialName(imageId: string): string {
  return `.${imageId}.${randomUUID()}.partial`;
}
