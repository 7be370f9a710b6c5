import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, unlink } from 'node:fs/promises';
import { ImageError } from '../../errors.ts';
import { errnoOf, failedFile } from './fileErrors.ts';
import { isAbandoned, partialName } from './imageId.ts';

/** A directory held open, so that its names mean the same until it is closed. */
export interface ImageDirectory extends AsyncDisposable {
  /** Opens a regular file for reading, following no link; null when it is absent. @throws ImageError */
  openFile(name: string): Promise<FileHandle | null>;
  /** Puts a file in place, whole or not at all: `fill` writes a new one, which is flushed and renamed. @throws ImageError */
  replace(name: string, fill: (file: FileHandle, path: string) => Promise<void>): Promise<void>;
  /** Removes a file durably; absent is fine. @throws ImageError */
  remove(name: string): Promise<void>;
  /** Removes what processes that are gone were making. @throws ImageError */
  sweep(): Promise<void>;
}

/** Opens the directory of a source. @throws ImageError SOURCE_UNAVAILABLE, SOURCE_REFUSED */
export async function openImageDirectory(path: string): Promise<ImageDirectory> {
  const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY).catch((error: unknown) => {
    const { code, message } = failedFile(path, error);
    throw new ImageError(code === 'IMAGE_NOT_FOUND' ? 'SOURCE_UNAVAILABLE' : code, message, { cause: error });
  });
  // Through the descriptor, so that nobody can exchange the directory meanwhile; valid in this process while it is open.
  const at = (name: string): string => `/proc/self/fd/${directory.fd}/${name}`;
  async function remove(name: string): Promise<void> {
    try {
      await unlink(at(name));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw failedFile(name, error);
    }
    await directory.sync();
  }
  return {
    remove,
    async openFile(name) {
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      const file = await open(at(name), flags).catch((error: unknown) => {
        if (errnoOf(error) === 'ENOENT') return null;
        throw failedFile(name, error);
      });
      if (file === null || (await file.stat()).isFile()) return file;
      await file.close();
      throw new ImageError('SOURCE_REFUSED', `${name} is not a regular file`);
    },
    async replace(name, fill) {
      const partial = at(partialName());
      try {
        const file = await open(partial, 'wx+', 0o640);
        try {
          await fill(file, partial);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(partial, at(name));
        await directory.sync();
      } catch (error) {
        await unlink(partial).catch(() => undefined);
        throw failedFile(name, error);
      }
    },
    async sweep() {
      for (const name of (await readdir(at('.'))).filter(isAbandoned)) await remove(name);
    },
    [Symbol.asyncDispose]: () => directory.close(),
  };
}
