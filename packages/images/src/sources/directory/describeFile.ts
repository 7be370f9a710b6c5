import { extname } from 'node:path';
import { ImageError } from '../../errors.ts';
import { type DiskFormat, diskFormats, type ImageCaller, type ImageDescription } from '../../model.ts';
import type { ImageDirectory } from './imageDirectory.ts';
import { checkImageId } from './imageId.ts';
import { checksumOf, readSidecar, type Sidecar } from './sidecar.ts';

/** An image of a directory. */
export interface DirectoryImage {
  readonly description: ImageDescription;
  /** Null when nothing but its file's name describes it. */
  readonly sidecar: Sidecar | null;
}

/**
 * Describes an image by `ID.json`, else by its name alone: never by its content, which a stranger may have made.
 *
 * @throws ImageError IMAGE_NOT_FOUND, also when it is another project's; SOURCE_REFUSED, SOURCE_UNAVAILABLE
 */
export async function describeFile(
  directory: ImageDirectory,
  imageId: string,
  caller: ImageCaller,
): Promise<DirectoryImage> {
  const id = checkImageId(imageId);
  const sidecar = await readSidecar(directory, id);
  const file = await directory.openFile(id);
  await using _open = file ?? undefined;
  if ((sidecar === null && file === null) || !mayRead(sidecar, caller))
    throw new ImageError('IMAGE_NOT_FOUND', `there is no image ${id}`);
  const stats = await file?.stat();
  return {
    sidecar,
    description: {
      id,
      name: sidecar === null ? id : sidecar.name,
      status: statusOf(sidecar, stats?.size),
      diskFormat: sidecar?.disk_format ?? formatOfName(id),
      containerFormat: 'bare',
      sizeBytes: stats?.size ?? sidecar?.size ?? null,
      virtualSizeBytes: sidecar?.virtual_size ?? null,
      checksum: sidecar === null ? null : checksumOf(sidecar),
      minDiskGib: sidecar?.min_disk ?? 0,
      minRamMib: sidecar?.min_ram ?? 0,
      properties: sidecar?.properties ?? {},
      location: null,
      updatedAt: sidecar?.updated_at ?? stats?.mtime.toISOString() ?? null,
    },
  };
}

function mayRead(sidecar: Sidecar | null, caller: ImageCaller): boolean {
  if (sidecar === null || sidecar.visibility === 'public' || sidecar.visibility === 'community') return true;
  return sidecar.owner === caller.projectId;
}

function statusOf(sidecar: Sidecar | null, size: number | undefined): ImageDescription['status'] {
  if (sidecar?.status === 'queued') return 'queued';
  // Gone, or not the file that was described.
  if (size === undefined || (sidecar?.size ?? size) !== size) return 'unusable';
  return 'active';
}

/** `.img` says nothing: such files are raw as often as qcow2. */
function formatOfName(name: string): DiskFormat | null {
  const extension = extname(name).slice(1).toLowerCase();
  return diskFormats.find((format) => format === (extension === 'vpc' ? 'vhd' : extension)) ?? null;
}
