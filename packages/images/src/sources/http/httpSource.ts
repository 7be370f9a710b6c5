import { ImageError } from '../../errors.ts';
import type { ImageChecksum, ImageDescription } from '../../model.ts';
import type { ImageSource } from '../imageSource.ts';
import { rulesOf } from '../transfer/httpOptions.ts';
import type { HttpRules } from '../transfer/request.ts';
import { streamContent } from '../transfer/streamContent.ts';
import { findInManifest } from './manifest.ts';
import type { HttpImage, HttpSourceOptions } from './options.ts';

/** Images behind http(s) URLs that the configuration or a manifest lists with their checksums. Read-only; the same for every caller. */
export function httpSource(options: HttpSourceOptions): ImageSource {
  async function find(imageId: string, signal: AbortSignal): Promise<HttpImage> {
    const configured = Object.hasOwn(options.images, imageId) ? options.images[imageId] : undefined;
    if (configured !== undefined) return configured;
    const { manifest } = options;
    if (manifest === undefined)
      throw new ImageError('IMAGE_NOT_FOUND', `there is no image ${JSON.stringify(imageId).slice(0, 80)}`);
    return await findInManifest(manifest, imageId, await rules(manifest), signal);
  }
  async function rules(url: string): Promise<HttpRules> {
    const allowedHosts = [new URL(url).host, ...options.allowed_hosts];
    return await rulesOf(options, { allowedHosts, most: options.max_redirects });
  }
  return {
    name: options.type,
    async describe(imageId, _caller, signal) {
      return describeImage(imageId, await find(imageId, signal));
    },
    async open(image, _caller, signal) {
      // The URL is not taken from the description, which may have been stored and shown since.
      const { url } = await find(image.id, signal);
      const request = {
        url,
        headers: {},
        rules: await rules(url),
        sizeBytes: image.sizeBytes,
        mostBytes: options.max_bytes,
        checksum: image.checksum,
      };
      return await streamContent(request, signal);
    },
  };
}

function describeImage(id: string, image: HttpImage): ImageDescription {
  return {
    id,
    name: image.name ?? id,
    status: 'active',
    diskFormat: image.disk_format,
    containerFormat: 'bare',
    sizeBytes: image.size ?? null,
    virtualSizeBytes: image.virtual_size ?? null,
    checksum: checksumOf(image.checksum),
    minDiskGib: image.min_disk,
    minRamMib: image.min_ram,
    properties: image.properties,
    location: null,
    updatedAt: null,
  };
}

function checksumOf(text: string): ImageChecksum {
  const algorithm = text.startsWith('sha512:') ? 'sha512' : 'sha256';
  return { algorithm, hex: text.slice(algorithm.length + 1) };
}
