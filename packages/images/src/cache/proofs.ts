import { lstat } from 'node:fs/promises';
import { type DataMover, DataMoverError } from '@scoria/data-mover';
import { ImageError } from '../errors.ts';
import type { EntryName } from './entryName.ts';
import type { Holders } from './holders.ts';
import type { CachedImage } from './imageCache.ts';

/** Which entries are known to be what their names say. */
export interface Proofs {
  /**
   * Reads a file as a whole the first time since the start, and compares its inode, size and time of change afterwards: what no one
   * but this user can write to is not read again.
   *
   * @returns false when it is not what its name says
   * @throws ImageError CANCELLED; DataMoverError when it cannot be told
   */
  prove(file: CachedImage, name: EntryName, signal: AbortSignal): Promise<boolean>;
  /** SHA-256 of a file, which is proven to have it from then on. @throws ImageError CANCELLED; DataMoverError */
  digest(file: CachedImage, signal: AbortSignal): Promise<string>;
  /** Ends what is being read. */
  close(): void;
}

/** Proofs of one cache in one process. */
export function proofsOf(mover: DataMover, holders: Holders): Proofs {
  const closing = new AbortController();
  const known = new Map<string, string>();
  const running = new Map<string, Promise<string>>();

  async function digest(file: CachedImage, signal: AbortSignal): Promise<string> {
    const print = await fingerprint(file.path);
    const found = known.get(print);
    if (found !== undefined) return found;
    // Many volumes of one image at once read it once. It is read on for the others when one of them gives up.
    const reading = running.get(print) ?? read(print, file);
    return await untilAborted(reading, signal);
  }
  function read(print: string, file: CachedImage): Promise<string> {
    const reading = readHeld(print, file).finally(() => running.delete(print));
    reading.catch(() => undefined);
    running.set(print, reading);
    return reading;
  }
  async function readHeld(print: string, { path, identity, sizeBytes }: CachedImage): Promise<string> {
    // A name of its own: the one who asked first may give up, and its name is gone then, before the pool has opened it.
    const held = await holders.hold(path);
    try {
      const request = { path: held?.path ?? path, identity, length: sizeBytes };
      const { sha256 } = await mover.digest(request, { signal: closing.signal });
      known.set(print, sha256);
      return sha256;
    } finally {
      await held?.release();
    }
  }
  return {
    digest,
    async prove(file, name, signal) {
      return file.sizeBytes === name.sizeBytes && (await digest(file, signal)) === name.sha256;
    },
    close: () => closing.abort(),
  };
}

/** Times of use and numbers of names change, what counts does not. */
async function fingerprint(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await lstat(path, { bigint: true });
  return [dev, ino, size, mtimeNs].join(':');
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void =>
    aborted.reject(new ImageError('CANCELLED', 'cancelled', { cause: signal.reason }));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } catch (error) {
    if (error instanceof DataMoverError && error.code === 'CANCELLED')
      throw new ImageError('CANCELLED', 'the image cache was closed', { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
