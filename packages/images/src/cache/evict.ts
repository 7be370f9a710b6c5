import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEntryName } from './entryName.ts';
import { type CacheLayout, removeName } from './layout.ts';

/** An entry as it lies on the disk. */
interface Entry {
  readonly path: string;
  readonly allocatedBytes: number;
  readonly lastUseMs: number;
  readonly held: boolean;
}

/**
 * Removes the entries that were not used for longest until the rest, with `extraBytes` more, takes at most `maxBytes` of the disk.
 * One that somebody holds stays; if it is taken between the look and the removal, its holder keeps the bytes by the holder's own name.
 *
 * @returns whether it fits now
 */
export async function evict(layout: CacheLayout, maxBytes: number, extraBytes: number): Promise<boolean> {
  const entries = await listEntries(layout);
  let used = entries.reduce((sum, entry) => sum + entry.allocatedBytes, extraBytes);
  for (const entry of entries.sort((a, b) => a.lastUseMs - b.lastUseMs)) {
    if (used <= maxBytes) break;
    if (entry.held) continue;
    await removeName(entry.path);
    used -= entry.allocatedBytes;
  }
  return used <= maxBytes;
}

async function listEntries({ entries: folder }: CacheLayout): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const name of await readdir(folder)) {
    if (parseEntryName(name) === null) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => null);
    // Another process may have removed it.
    if (stats === null) continue;
    entries.push({
      path,
      allocatedBytes: stats.blocks * 512,
      lastUseMs: stats.atimeMs,
      held: stats.nlink > 1,
    });
  }
  return entries;
}
