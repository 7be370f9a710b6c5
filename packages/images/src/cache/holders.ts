import { randomUUID } from 'node:crypto';
import { link, lstat, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { CachedImage } from './imageCache.ts';
import { type CacheLayout, errnoOf, removeName } from './layout.ts';

/** The names that this process has for files in use. */
export interface Holders {
  /** Takes a second name for a file; null when the file is gone. */
  hold(path: string): Promise<CachedImage | null>;
  /** Takes a file over, whose old name is gone then. */
  adopt(path: string): Promise<CachedImage>;
  /** Gives all back. */
  releaseAll(): Promise<void>;
}

/** Keeps the names of one cache in one process. */
export function holdersOf(layout: CacheLayout, owner: string): Holders {
  const held = new Set<string>();
  const newName = (): string => join(layout.holders, `${owner}.${randomUUID()}`);
  async function describe(path: string): Promise<CachedImage> {
    held.add(path);
    const { dev, ino, size } = await lstat(path, { bigint: true });
    return {
      path,
      identity: { type: 'inode', dev: String(dev), ino: String(ino) },
      sizeBytes: Number(size),
      async release() {
        if (held.delete(path)) await removeName(path);
      },
    };
  }
  return {
    async hold(path) {
      const name = newName();
      try {
        await link(path, name);
      } catch (error) {
        // More names than the file system allows one file to have: it is not there for this one.
        if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EMLINK') return null;
        throw error;
      }
      return await describe(name);
    },
    async adopt(path) {
      const name = newName();
      await rename(path, name);
      return await describe(name);
    },
    async releaseAll() {
      for (const path of held) await removeName(path);
      held.clear();
    },
  };
}
