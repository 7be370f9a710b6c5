import { z } from 'zod';
import { ImageError } from '../../errors.ts';
import { diskFormats, type ImageChecksum } from '../../model.ts';
import { shownIssues } from '../transfer/shownIssues.ts';
import type { ImageDirectory } from './imageDirectory.ts';
import { sidecarName } from './imageId.ts';

const MOST_BYTES = 64 * 1024;

/** What `ID.json` says of an image, with the names of the Image API v2. */
export const sidecarSchema = z.strictObject({
  name: z.string().max(255).nullable().default(null),
  status: z.enum(['queued', 'active']).default('active'),
  disk_format: z.enum(diskFormats),
  container_format: z.literal('bare').default('bare'),
  size: z.number().int().min(0).nullable().default(null),
  virtual_size: z.number().int().min(0).nullable().default(null),
  os_hash_algo: z.enum(['md5', 'sha1', 'sha256', 'sha512']).nullable().default(null),
  os_hash_value: z
    .string()
    .regex(/^[0-9a-f]+$/, 'lower-case hexadecimal')
    .nullable()
    .default(null),
  min_disk: z.number().int().min(0).default(0),
  min_ram: z.number().int().min(0).default(0),
  /** `private` and `shared` images are their owner's; the others are everybody's to read. */
  visibility: z.enum(['private', 'shared', 'community', 'public']).default('public'),
  /** Project that may change it; null: nobody may. */
  owner: z.string().nullable().default(null),
  protected: z.boolean().default(false),
  updated_at: z.string().nullable().default(null),
  properties: z.record(z.string(), z.string()).default({}),
});

/** What `ID.json` says of an image. */
export type Sidecar = z.output<typeof sidecarSchema>;

/** Reads the description of an image; null when there is none. @throws ImageError SOURCE_UNAVAILABLE when it is not one; as openFile */
export async function readSidecar(directory: ImageDirectory, imageId: string): Promise<Sidecar | null> {
  const name = sidecarName(imageId);
  const file = await directory.openFile(name);
  if (file === null) return null;
  try {
    const buffer = Buffer.alloc(MOST_BYTES + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > MOST_BYTES)
      throw new ImageError('SOURCE_UNAVAILABLE', `${name} has more than ${MOST_BYTES} bytes`);
    const parsed = sidecarSchema.safeParse(parseJson(buffer.toString('utf8', 0, bytesRead)));
    if (parsed.success) return parsed.data;
    throw new ImageError('SOURCE_UNAVAILABLE', `${name}: ${shownIssues(parsed.error)}`);
  } finally {
    await file.close();
  }
}

/** Writes the description of an image, whole or not at all. @throws ImageError */
export async function writeSidecar(
  directory: ImageDirectory,
  imageId: string,
  sidecar: Sidecar,
): Promise<void> {
  await directory.replace(sidecarName(imageId), (file) =>
    file.writeFile(`${JSON.stringify(sidecar, null, 2)}\n`),
  );
}

/** The digest that a description names. */
export function checksumOf({ os_hash_algo: algorithm, os_hash_value: hex }: Sidecar): ImageChecksum | null {
  return algorithm === null || hex === null ? null : { algorithm, hex };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
