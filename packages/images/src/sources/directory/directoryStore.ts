import { randomUUID } from 'node:crypto';
import { ImageError } from '../../errors.ts';
import type { ImageCaller } from '../../model.ts';
import type { ImageStore } from '../imageSource.ts';
import type { SourceDependencies } from '../sourceDependencies.ts';
import { type DirectoryImage, describeFile } from './describeFile.ts';
import { type ImageDirectory, openImageDirectory } from './imageDirectory.ts';
import { sidecarName } from './imageId.ts';
import { type Sidecar, sidecarSchema, writeSidecar } from './sidecar.ts';
import { storeBytes } from './storeBytes.ts';

/** The writing side of a directory. An image is a description first, then its bytes, then a description that says so. Only one upload per image at a time. */
export function directoryStore(path: string, { mover }: SourceDependencies): ImageStore {
  return {
    async create(draft, caller) {
      await using directory = await openImageDirectory(path);
      await directory.sweep();
      const id = randomUUID();
      await writeSidecar(
        directory,
        id,
        sidecarSchema.parse({
          name: draft.name,
          status: 'queued',
          disk_format: draft.diskFormat,
          container_format: draft.containerFormat,
          visibility: draft.visibility,
          owner: caller.projectId,
          protected: draft.protected,
          min_disk: draft.minDiskGib,
          min_ram: draft.minRamMib,
          properties: draft.properties,
          updated_at: new Date().toISOString(),
        } satisfies Partial<Sidecar>),
      );
      return (await describeFile(directory, id, caller)).description;
    },
    async upload(imageId, content, caller, signal) {
      await using directory = await openImageDirectory(path);
      const { description, sidecar } = await own(directory, imageId, caller);
      if (description.status !== 'queued')
        throw new ImageError('SOURCE_REFUSED', `image ${imageId} is ${description.status}: it has its bytes`);
      const stored = await storeBytes(directory, imageId, content, mover, signal);
      await writeSidecar(directory, imageId, {
        ...sidecar,
        status: 'active',
        size: stored.bytes,
        os_hash_algo: 'sha256',
        os_hash_value: stored.sha256,
        updated_at: new Date().toISOString(),
      });
      const after = (await describeFile(directory, imageId, caller)).description;
      if (after.status === 'active' && after.sizeBytes === stored.bytes) return after;
      throw new ImageError('CHECKSUM_MISMATCH', `image ${imageId} is not what was written`);
    },
    async remove(imageId, caller) {
      await using directory = await openImageDirectory(path);
      try {
        const { sidecar } = await own(directory, imageId, caller);
        if (sidecar.protected) throw new ImageError('SOURCE_REFUSED', `image ${imageId} is protected`);
      } catch (error) {
        if (error instanceof ImageError && error.code === 'IMAGE_NOT_FOUND') return;
        throw error;
      }
      // In this order, so that the bytes of a private image never stand without what makes them private.
      await directory.remove(imageId);
      await directory.remove(sidecarName(imageId));
    },
  };
}

async function own(
  directory: ImageDirectory,
  imageId: string,
  caller: ImageCaller,
): Promise<DirectoryImage & { readonly sidecar: Sidecar }> {
  const { description, sidecar } = await describeFile(directory, imageId, caller);
  if (sidecar !== null && sidecar.owner === caller.projectId) return { description, sidecar };
  throw new ImageError('SOURCE_REFUSED', `image ${imageId} is not this project's to change`);
}
