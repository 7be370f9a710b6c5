import { ImageError } from '../../errors.ts';
import type { ImageSource } from '../imageSource.ts';
import { streamContent } from '../transfer/streamContent.ts';
import { glanceClient } from './glanceClient.ts';
import { glanceStore } from './glanceStore.ts';
import type { GlanceOptions } from './options.ts';

/** Images of OpenStack Glance (Image API v2). */
export function glanceSource(options: GlanceOptions): ImageSource {
  const client = glanceClient(options);
  return {
    name: options.type,
    async describe(imageId, caller, signal) {
      return (await client.image(imageId, caller, signal)).description;
    },
    async open(image, caller, signal) {
      if (image.status !== 'active')
        throw new ImageError('IMAGE_NOT_ACTIVE', `image ${image.id} is ${image.status}`);
      const { sizeBytes, checksum } = image;
      return await streamContent(
        { ...(await client.transfer(image.id, caller)), sizeBytes, checksum },
        signal,
      );
    },
    store: glanceStore(options, client),
  };
}
