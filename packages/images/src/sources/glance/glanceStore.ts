import { ImageError } from '../../errors.ts';
import type { ImageCaller, ImageDraft } from '../../model.ts';
import type { ImageStore } from '../imageSource.ts';
import { wait } from '../transfer/ask.ts';
import type { TransferDone } from '../transfer/startTransfer.ts';
import { uploadContent } from '../transfer/uploadContent.ts';
import { type GlanceClient, pathOf } from './glanceClient.ts';
import { type GlanceImage, parseImage, reservedNames } from './imageRecord.ts';
import type { GlanceOptions } from './options.ts';
import { PROJECT_PROPERTY } from './projectOf.ts';

/** The writing side of Glance. */
export function glanceStore(options: GlanceOptions, client: GlanceClient): ImageStore {
  return {
    async create(draft, caller, signal) {
      const { body } = await client.send('POST', '', caller, signal, {
        body: JSON.stringify({ ...recordOf(draft), ...(options.auth !== 'caller' && stampOf(caller)) }),
      });
      return parseImage(body).description;
    },
    async upload(imageId, content, caller, signal) {
      const request = await client.transfer(imageId, caller);
      const headers = { ...request.headers, 'content-type': 'application/octet-stream' };
      const sent = await uploadContent({ ...request, headers }, content, signal);
      for (;;) {
        const image = await client.image(imageId, caller, signal);
        if (image.description.status === 'active') return checkStored(image, sent).description;
        if (image.description.status !== 'saving') throw notStored(image);
        await wait(options.poll_seconds * 1000, signal);
      }
    },
    async remove(imageId, caller, signal) {
      // Looked at first: with the service's own token a request would remove another project's image too.
      if (options.auth !== 'caller' && (await imageIfThere(client, imageId, caller, signal)) === null) return;
      await client.send('DELETE', pathOf(imageId), caller, signal, { expect: [404, 410] });
      // An exit code is no proof, and neither is a 204.
      const left = await imageIfThere(client, imageId, caller, signal);
      if (left === null || left.status === 'deleted' || left.status === 'pending_delete') return;
      throw new ImageError(
        'SOURCE_UNAVAILABLE',
        `image ${imageId} is still ${left.status} after its removal`,
      );
    },
  };
}

async function imageIfThere(
  client: GlanceClient,
  imageId: string,
  caller: ImageCaller,
  signal: AbortSignal,
): Promise<GlanceImage | null> {
  try {
    return await client.image(imageId, caller, signal);
  } catch (error) {
    if (error instanceof ImageError && error.code === 'IMAGE_NOT_FOUND') return null;
    throw error;
  }
}

/** Made with the service's token, an image would be the service's: it says whose it is. */
function stampOf(caller: ImageCaller): Record<string, string> {
  return { [PROJECT_PROPERTY]: caller.projectId };
}

/** Properties whose names Glance keeps for itself are left out: it would refuse the whole image, or take them for something else. */
function recordOf(draft: ImageDraft): Record<string, unknown> {
  const properties = Object.entries(draft.properties).filter(
    ([name]) => !reservedNames.has(name) && !name.startsWith('os_glance_'),
  );
  return {
    ...Object.fromEntries(properties),
    name: draft.name,
    disk_format: draft.diskFormat,
    container_format: draft.containerFormat,
    visibility: draft.visibility,
    protected: draft.protected,
    min_disk: draft.minDiskGib,
    min_ram: draft.minRamMib,
  };
}

function checkStored(image: GlanceImage, sent: TransferDone): GlanceImage {
  const { id, sizeBytes } = image.description;
  if (sizeBytes !== sent.bytes)
    throw new ImageError('CHECKSUM_MISMATCH', `image ${id} has ${sizeBytes} bytes; ${sent.bytes} were sent`);
  const common = Object.entries(sent.digests).filter(([algorithm]) => image.digests.has(algorithm));
  for (const [algorithm, hex] of common) {
    const stored = image.digests.get(algorithm);
    if (stored !== hex)
      throw new ImageError(
        'CHECKSUM_MISMATCH',
        `image ${id} has the ${algorithm} ${stored}; ${hex} was sent`,
      );
  }
  if (common.length > 0) return image;
  throw new ImageError('CHECKSUM_MISMATCH', `Glance tells no checksum of image ${id} that could be compared`);
}

function notStored(image: GlanceImage): ImageError {
  return new ImageError(
    'SOURCE_UNAVAILABLE',
    `image ${image.description.id} is ${image.status} after its upload, not active`,
  );
}
