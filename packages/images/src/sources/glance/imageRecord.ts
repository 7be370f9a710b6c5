import { z } from 'zod';
import { ImageError } from '../../errors.ts';
import type { ImageChecksum, ImageDescription } from '../../model.ts';
import { shownIssues } from '../transfer/shownIssues.ts';

/** The schema `image` of the Image API v2. What it does not name are the image's own properties. */
const recordSchema = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  status: z.string(),
  disk_format: z.string().nullish(),
  container_format: z.string().nullish(),
  size: z.number().int().nullish(),
  virtual_size: z.number().int().nullish(),
  checksum: z.string().nullish(),
  os_hash_algo: z.string().nullish(),
  os_hash_value: z.string().nullish(),
  min_disk: z.number().int().nullish(),
  min_ram: z.number().int().nullish(),
  direct_url: z.string().nullish(),
  locations: z.array(z.looseObject({ url: z.string() })).nullish(),
  updated_at: z.string().nullish(),
  visibility: z.string().nullish(),
  protected: z.boolean().nullish(),
  owner: z.string().nullish(),
  os_hidden: z.boolean().nullish(),
  created_at: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  self: z.string().nullish(),
  file: z.string().nullish(),
  schema: z.string().nullish(),
  stores: z.string().nullish(),
});

/** Names that Glance gives a meaning of its own, so that no property of an image may have them. */
export const reservedNames: ReadonlySet<string> = new Set(Object.keys(recordSchema.shape));

/** Statuses of the Image API v2; others (`killed`, `deleted`, `pending_delete`, `deactivated`) cannot be read. */
const statuses: Readonly<Record<string, ImageDescription['status']>> = {
  queued: 'queued',
  saving: 'saving',
  uploading: 'saving',
  importing: 'saving',
  active: 'active',
};

/** An image as Glance describes it. */
export interface GlanceImage {
  readonly description: ImageDescription;
  /** In the words of Glance. */
  readonly status: string;
  /** `public`, `community`, `shared`, `private`. */
  readonly visibility: string;
  /** The project that Glance counts it to; null: none. */
  readonly owner: string | null;
  /** All digests that Glance has, by algorithm. */
  readonly digests: ReadonlyMap<string, string>;
}

/** Reads a record of Glance. @throws ImageError SOURCE_UNAVAILABLE when it is none */
export function parseImage(body: string): GlanceImage {
  const parsed = recordSchema.safeParse(parseJson(body));
  if (!parsed.success)
    throw new ImageError('SOURCE_UNAVAILABLE', `Glance answers with no image: ${shownIssues(parsed.error)}`);
  const record = parsed.data;
  const digests = digestsOf(record);
  return {
    status: record.status,
    visibility: record.visibility ?? 'private',
    owner: record.owner ?? null,
    digests,
    description: {
      id: record.id,
      name: record.name ?? null,
      status: Object.hasOwn(statuses, record.status) ? (statuses[record.status] ?? 'unusable') : 'unusable',
      diskFormat: record.disk_format ?? null,
      containerFormat: record.container_format ?? null,
      sizeBytes: record.size ?? null,
      virtualSizeBytes: record.virtual_size ?? null,
      checksum: strongest(digests),
      minDiskGib: record.min_disk ?? 0,
      minRamMib: record.min_ram ?? 0,
      properties: propertiesOf(record),
      location: record.direct_url ?? record.locations?.[0]?.url ?? null,
      updatedAt: record.updated_at ?? null,
    },
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function digestsOf(record: z.output<typeof recordSchema>): Map<string, string> {
  const digests = new Map<string, string>();
  if (record.checksum) digests.set('md5', record.checksum.toLowerCase());
  if (record.os_hash_algo && record.os_hash_value)
    digests.set(record.os_hash_algo, record.os_hash_value.toLowerCase());
  return digests;
}

function strongest(digests: ReadonlyMap<string, string>): ImageChecksum | null {
  for (const algorithm of ['sha512', 'sha256', 'sha1', 'md5'] as const) {
    const hex = digests.get(algorithm);
    if (hex !== undefined && /^[0-9a-f]+$/.test(hex)) return { algorithm, hex };
  }
  return null;
}

function propertiesOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const own = Object.entries(record).filter(
    (entry): entry is [string, string] => !reservedNames.has(entry[0]) && typeof entry[1] === 'string',
  );
  return Object.fromEntries(own);
}
