import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../../errors.ts';
import type { ImageSource } from '../imageSource.ts';
import type { SourceDependencies } from '../sourceDependencies.ts';
import { describeFile } from './describeFile.ts';
import { directoryStore } from './directoryStore.ts';
import { failedFile } from './fileErrors.ts';
import { openImageDirectory } from './imageDirectory.ts';
import type { DirectoryOptions } from './options.ts';

/** Images in a directory of this host, read in place. The file's name is the image's id; links are not followed. */
export function directorySource(options: DirectoryOptions, dependencies: SourceDependencies): ImageSource {
  return {
    name: options.type,
    async describe(imageId, caller) {
      await using directory = await openImageDirectory(options.path);
      return (await describeFile(directory, imageId, caller)).description;
    },
    async open(image, caller) {
      await using directory = await openImageDirectory(options.path);
      const { description } = await describeFile(directory, image.id, caller);
      if (description.status !== 'active')
        throw new ImageError('IMAGE_NOT_ACTIVE', `image ${image.id} is ${description.status}`);
      const root = await realpath(options.path).catch((error: unknown) => {
        throw failedFile(options.path, error);
      });
      return { kind: 'file', path: join(root, description.id), close: () => Promise.resolve() };
    },
    ...(!options.read_only && { store: directoryStore(options.path, dependencies) }),
  };
}
