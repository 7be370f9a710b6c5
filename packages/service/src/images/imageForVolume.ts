import { type Bytes, bytes, bytesToGibCeil, GIB } from '@scoria/core/contract';
import type { ImageCaller, ImageDescription } from '@scoria/images';
import { type RequestContext, ServiceError, type VolumeRecord } from '../model/index.ts';
import { inRequest } from './imageErrors.ts';
import { type ImageWork, isAllowed, requireImages } from './imageWork.ts';

/** On whose behalf an image is asked for when the client waits. Its own token is of this API and says nothing elsewhere. */
export function callerOf({ projectId, userId, requestId }: RequestContext): ImageCaller {
  return { projectId, userId, requestId, token: null };
}

/** The same in the background. */
export function ownerOf({ projectId, userId }: VolumeRecord, requestId: string): ImageCaller {
  return { projectId, userId, requestId, token: null };
}

/**
 * An image that a volume may be made of, as its source describes it now.
 *
 * @throws ServiceError ImageNotFound, InvalidImage, ImagesNotConfigured, Forbidden, ServiceUnavailable
 */
export async function requireImage(
  images: ImageWork | null,
  context: RequestContext,
  imageId: string,
): Promise<ImageDescription> {
  const work = requireImages(images);
  const image = await inRequest(imageId, () => work.transfer.describe(imageId, callerOf(context)));
  if (!isAllowed(work, image))
    throw new ServiceError(
      'InvalidImage',
      `image ${imageId} is declared to be ${image.diskFormat ?? 'of no format'}; volumes are made of ${work.allowedFormats.join(', ')}`,
    );
  if (image.status !== 'active')
    throw new ServiceError('InvalidImage', `image ${imageId} is ${image.status}: it has no bytes to read`);
  return image;
}

/** Least size of a volume for an image, in bytes as far as the source says (contract.md D32). */
export function leastSize(image: ImageDescription): Bytes {
  return bytes(Math.max(diskBytes(image) ?? 0, image.minDiskGib * GIB));
}

/** Size of a volume whose client gave none: the disk inside, in whole GiB. @throws ServiceError InvalidInput */
export function sizeFor(image: ImageDescription): Bytes {
  if (diskBytes(image) === null && image.minDiskGib === 0)
    throw new ServiceError(
      'InvalidInput',
      `Invalid input received: Volume size 'None' must be an integer and greater than 0: give size in GiB, since image ${image.id} does not say how large its disk is`,
    );
  return bytes(Math.max(1, bytesToGibCeil(leastSize(image))) * GIB);
}

/** @throws ServiceError InvalidImage when the volume is too small */
export function requireRoom(image: ImageDescription, size: Bytes): void {
  const disk = diskBytes(image);
  if (size < image.minDiskGib * GIB)
    throw new ServiceError(
      'InvalidImage',
      `Volume size ${bytesToGibCeil(size)}GB cannot be smaller than the image minDisk size ${image.minDiskGib}GB.`,
    );
  if (disk !== null && size < disk)
    throw new ServiceError(
      'InvalidImage',
      `the disk of image ${image.id} has ${disk} bytes, the volume has ${size}: ask for at least ${bytesToGibCeil(bytes(disk))} GiB`,
    );
}

/** Bytes of the disk inside; null when only the bytes themselves will say. */
function diskBytes({ virtualSizeBytes, diskFormat, sizeBytes }: ImageDescription): number | null {
  if (virtualSizeBytes !== null) return virtualSizeBytes;
  return diskFormat === 'raw' || diskFormat === 'iso' ? sizeBytes : null;
}
