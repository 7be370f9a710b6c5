import type { ImageDescription } from '@scoria/images';

/** Keys of Glance's own; all others are properties that whoever made the image gave it. */
export const coreImageKeys: readonly string[] = [
  'image_id',
  'image_name',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'container_format',
  'disk_format',
  'min_disk',
  'min_ram',
  'size',
];

/** What a volume keeps of the image it is made of, as text: `volume_image_metadata` of the v3 API. */
export function imageMetadataOf(image: ImageDescription): Readonly<Record<string, string>> {
  const { checksum } = image;
  const core: Readonly<Record<string, string | number | null>> = {
    image_id: image.id,
    image_name: image.name,
    checksum: checksum?.hex ?? null,
    os_hash_algo: checksum === null || checksum.algorithm === 'md5' ? null : checksum.algorithm,
    os_hash_value: checksum === null || checksum.algorithm === 'md5' ? null : checksum.hex,
    container_format: image.containerFormat,
    disk_format: image.diskFormat,
    min_disk: image.minDiskGib,
    min_ram: image.minRamMib,
    size: image.sizeBytes,
  };
  const known = Object.entries(core).flatMap(([key, value]) =>
    value === null ? [] : [[key, String(value)]],
  );
  return { ...image.properties, ...Object.fromEntries(known) };
}

/** What of it goes to an image that is made of the volume. */
export function uploadedProperties(
  metadata: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !coreImageKeys.includes(key)));
}

/** A count in metadata, which clients may set to anything; 0 when it is none. */
export function countIn(metadata: Readonly<Record<string, string>>, key: string): number {
  const text = metadata[key] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
