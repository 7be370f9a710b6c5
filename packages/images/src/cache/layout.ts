import { lstat, mkdir, open, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerRuns } from '../owner.ts';

/** The folders of a cache, all on one file system. */
export interface CacheLayout {
  /** Finished disks, by {@link formatEntryName}. Names appear and vanish whole. */
  readonly entries: string;
  /** Second names of entries in use, each beginning with the process that uses it. */
  readonly holders: string;
  /** One folder per process for what is being made. */
  readonly staging: string;
}

/** Makes the folders of a cache, or takes those that are there. @throws Error when others can write to its directory */
export async function openLayout(directory: string): Promise<CacheLayout> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & 0o022) !== 0)
    throw new Error(`the image cache ${directory} is not a directory that only this user can write to`);
  const layout = {
    entries: join(directory, 'entries'),
    holders: join(directory, 'holders'),
    staging: join(directory, 'staging'),
  };
  for (const path of Object.values(layout)) await mkdir(path, { recursive: true, mode: 0o700 });
  return layout;
}

/** Removes what processes that are gone held or were making. @returns how many names */
export async function sweepLayout({ holders, staging }: CacheLayout): Promise<number> {
  let swept = 0;
  for (const folder of [holders, staging]) {
    for (const name of await readdir(folder)) {
      if (ownerRuns(name)) continue;
      await rm(join(folder, name), { recursive: true, force: true });
      swept += 1;
    }
  }
  return swept;
}

/** Removes a name; whoever else has one for the same file keeps it. @returns false when it was absent */
export async function removeName(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, 'r');
  await folder.sync();
}

/** Name of the errno of a failed system call; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
