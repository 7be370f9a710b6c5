import { randomUUID } from 'node:crypto';
import { chmod, link, lstat, mkdir, open, readdir, rm, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DataMover, DataMoverError } from '@scoria/data-mover';
import { ImageError } from '../errors.ts';
import { thisOwner } from '../owner.ts';
import { cacheKey, type EntryName, formatEntryName, parseEntryName } from './entryName.ts';
import { evict } from './evict.ts';
import { holdersOf } from './holders.ts';
import type { CachedImage, ImageCache } from './imageCache.ts';
import { type CacheLayout, errnoOf, openLayout, removeName, sweepLayout, syncFolder } from './layout.ts';
import { proofsOf } from './proofs.ts';

/** Options of an image cache. */
export interface ImageCacheOptions {
  /** This user's alone; several processes of one host may share it. Where volumes can be reflinked from: their own file system. */
  readonly directory: string;
  /** Most bytes of the disk that finished entries may take; what is being made comes on top. */
  readonly maxBytes: number;
  /** Reads entries to prove them; started and closed by its owner. */
  readonly mover: DataMover;
}

/**
 * Opens an image cache, sweeps what processes that are gone left in it, and trims it to its size.
 *
 * An entry is one file whose name says what it is (key, size, SHA-256). It is linked into place when it is whole and durable, and in use
 * as long as it has a second name, so processes and threads share a cache without a lock.
 *
 * @throws Error when others can write to the directory
 */
export async function createImageCache(options: ImageCacheOptions): Promise<ImageCache> {
  const layout = await openLayout(options.directory);
  await sweepLayout(layout);
  await evict(layout, options.maxBytes, 0);
  const owner = thisOwner();
  const stagingDirectory = join(layout.staging, `${owner}.${randomUUID()}`);
  await mkdir(stagingDirectory, { mode: 0o700 });
  const holders = holdersOf(layout, owner);
  const proofs = proofsOf(options.mover, holders);

  async function lookup(key: string, signal: AbortSignal): Promise<CachedImage | null> {
    for (const name of await namesOf(layout, key)) {
      const path = join(layout.entries, formatEntryName(name));
      const held = await holders.hold(path);
      if (held === null) continue;
      try {
        if (await proofs.prove(held, name, signal)) {
          await touch(held.path);
          return held;
        }
      } catch (error) {
        await held.release();
        // What cannot be read counts as damaged; a pool that does not work says nothing about the entry.
        if (!(error instanceof DataMoverError)) throw error;
        if (error.code !== 'IO_ERROR') return null;
        await removeIfSame(path, held);
        continue;
      }
      await removeIfSame(path, held);
      await held.release();
    }
    return null;
  }

  async function keep(key: string, file: CachedImage, signal: AbortSignal): Promise<void> {
    const { blocks } = await lstat(file.path);
    if (blocks * 512 > options.maxBytes) return;
    const name = { key, sizeBytes: file.sizeBytes, sha256: await proofs.digest(file, signal) };
    if (!(await evict(layout, options.maxBytes, blocks * 512))) {
      // Names of processes that died since keep entries from being evicted.
      await sweepLayout(layout);
      if (!(await evict(layout, options.maxBytes, blocks * 512))) return;
    }
    const others = await namesOf(layout, key);
    try {
      await link(file.path, join(layout.entries, formatEntryName(name)));
    } catch (error) {
      // Another process was faster; it is the same disk.
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    for (const other of others.filter((each) => each.sha256 !== name.sha256))
      await removeName(join(layout.entries, formatEntryName(other)));
    await syncFolder(layout.entries);
    // Two processes may have made room for one entry each at the same time.
    await evict(layout, options.maxBytes, 0);
  }

  return {
    stagingDirectory,
    accepts: (image) => cacheKey(image) !== null,
    async lookup(image, signal) {
      const key = cacheKey(image);
      return key === null ? null : await lookup(key, signal);
    },
    async store(image, rawFile, signal) {
      if (dirname(rawFile) !== stagingDirectory) throw new Error(`${rawFile} is not in ${stagingDirectory}`);
      const file = await settle(rawFile, () => holders.adopt(rawFile));
      try {
        const key = cacheKey(image);
        if (key !== null) await keep(key, file, signal);
        return file;
      } catch (error) {
        await file.release();
        throw failedStore(error);
      }
    },
    async close() {
      proofs.close();
      await holders.releaseAll();
      await rm(stagingDirectory, { recursive: true, force: true });
    },
  };
}

async function namesOf({ entries }: CacheLayout, key: string): Promise<EntryName[]> {
  const names = (await readdir(entries)).map(parseEntryName);
  return names.filter((name) => name?.key === key).filter((name) => name !== null);
}

/** Makes a file what an entry must be: read-only, durable, with a time of change that can be set again without loss. */
async function settle(path: string, adopt: () => Promise<CachedImage>): Promise<CachedImage> {
  try {
    await using file = await open(path, 'r+');
    await file.sync();
    await chmod(path, 0o400);
    await touch(path, Math.floor(Date.now() / 1000));
    await file.sync();
    return await adopt();
  } catch (error) {
    await rm(path, { force: true });
    throw failedStore(error);
  }
}

/** Notes that an entry is used. Its time of change stays: whole seconds come through utimensat(2) as they are. */
async function touch(path: string, changedSeconds?: number): Promise<void> {
  const seconds = changedSeconds ?? Math.floor((await lstat(path)).mtimeMs / 1000);
  await utimes(path, Date.now() / 1000, seconds);
}

/** Removes an entry that is damaged, unless a new one has its name by now. */
async function removeIfSame(path: string, damaged: CachedImage): Promise<void> {
  const stats = await lstat(path, { bigint: true }).catch(() => null);
  if (stats !== null && damaged.identity.type === 'inode' && String(stats.ino) === damaged.identity.ino)
    await removeName(path);
}

function failedStore(error: unknown): unknown {
  const full = error instanceof DataMoverError ? error.code === 'NO_SPACE' : errnoOf(error) === 'ENOSPC';
  if (full) return new ImageError('NO_SPACE', 'the image cache has no space left', { cause: error });
  return error;
}
