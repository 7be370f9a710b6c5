import type { ImageDraft } from '@scoria/images';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import {
  type RequestContext,
  ServiceError,
  type UploadedVolume,
  type UploadVolumeRequest,
  type VolumeRecord,
} from '../model/index.ts';
import type { Tables } from '../state/index.ts';
import { requireVolume } from '../volumes/access.ts';
import { claimVolume } from '../volumes/claimVolume.ts';
import { inRequest } from './imageErrors.ts';
import { callerOf } from './imageForVolume.ts';
import { countIn, uploadedProperties } from './imageMetadata.ts';
import { requireImages } from './imageWork.ts';
import type { UploadVolumeArguments } from './uploadVolumeOperation.ts';

/**
 * Begins to upload a volume: makes the image's record at its source, whose id the client is told, then claims the volume.
 *
 * @throws ServiceError InvalidVolume, InvalidImage, ImagesNotConfigured, Forbidden, ServiceUnavailable
 */
export async function uploadVolume(
  deps: LifecycleDependencies,
  operation: Operation<UploadVolumeArguments, void>,
  context: RequestContext,
  id: string,
  request: UploadVolumeRequest,
): Promise<UploadedVolume> {
  const { state, journal, images } = deps;
  const { transfer, compressOnUpload } = requireImages(images);
  if (request.visibility === 'public' && !context.isAdmin)
    throw new ServiceError('Forbidden', 'only an administrator may make a public image');
  const volume = await requireVolume(state, context, id);
  await refuseInUse(state, volume, request);
  const caller = callerOf(context);
  const image = await inRequest(request.name, () => transfer.createImage(draftOf(volume, request), caller));
  try {
    const { value } = await journal.begin(operation, context.requestId, async (tables) => {
      const claimed = await claimVolume(tables, id, 'upload');
      await refuseInUse(tables, { ...claimed, status: claimed.previousStatus ?? claimed.status }, request);
      const args: UploadVolumeArguments = {
        volumeId: id,
        imageId: image.id,
        diskFormat: request.diskFormat,
        compress: compressOnUpload && request.diskFormat === 'qcow2',
      };
      return { objectId: id, args, value: claimed };
    });
    return { volume: value, imageId: image.id, imageName: image.name };
  } catch (error) {
    await transfer.removeImage(image.id, caller).catch((failure: unknown) => {
      deps.log.warn({ err: failure, imageId: image.id }, 'the record of an image without bytes is left');
    });
    throw error;
  }
}

async function refuseInUse(
  { connections }: Pick<Tables, 'connections'>,
  { id, status }: Pick<VolumeRecord, 'id' | 'status'>,
  { force }: UploadVolumeRequest,
): Promise<void> {
  if (force) return;
  // Who has access may be writing, also one that was connected without an attachment.
  const connected = (await connections.ofVolume(id)).length > 0;
  if (status !== 'in-use' && !connected) return;
  throw new ServiceError(
    'InvalidVolume',
    `volume ${id} is ${status === 'in-use' ? status : 'connected to an initiator'}: detach it first, or upload a volume that is made of a snapshot of it; with force it is uploaded as it is read, and what is written meanwhile may be in the image or not`,
  );
}

function draftOf({ imageMetadata }: VolumeRecord, request: UploadVolumeRequest): ImageDraft {
  return {
    name: request.name,
    diskFormat: request.diskFormat,
    containerFormat: 'bare',
    visibility: request.visibility,
    protected: request.protected,
    minDiskGib: countIn(imageMetadata, 'min_disk'),
    minRamMib: countIn(imageMetadata, 'min_ram'),
    properties: uploadedProperties(imageMetadata),
  };
}
