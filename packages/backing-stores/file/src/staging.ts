import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { link, open, readdir, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncDirectory } from './durable.ts';
import { errnoOf } from './errors.ts';
import type { Layout } from './layout.ts';

/** What this process is making now. */
const active = new Set<string>();

/**
 * Makes a file completely before it gets its name, so that neither a failure nor a kill leaves half a volume.
 *
 * @param fill makes the file at the staging path
 * @returns false when `path` exists already; nothing was changed then
 */
export async function makeFile(
  layout: Layout,
  path: string,
  fill: (staged: string) => Promise<void>,
): Promise<boolean> {
  const staged = join(layout.staging, `${process.pid}.${randomUUID()}.${basename(path).slice(0, 128)}`);
  active.add(staged);
  try {
    await fill(staged);
    await syncFile(staged);
    return await publish(staged, path);
  } finally {
    await unlinkIfPresent(staged);
    active.delete(staged);
  }
}

/** Removes what processes that are gone left in staging. @returns how many files */
export async function sweepStaging(layout: Layout): Promise<number> {
  let swept = 0;
  for (const entry of await readdir(layout.staging)) {
    const staged = join(layout.staging, entry);
    const pid = Number(entry.split('.')[0]);
    if (pid === process.pid ? active.has(staged) : isAlive(pid)) continue;
    await unlinkIfPresent(staged);
    swept += 1;
  }
  return swept;
}

/** Opens a file for writing, does something with it, and closes it. */
export async function withFile<T>(
  path: string,
  flags: string,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags, 0o600);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function syncFile(path: string): Promise<void> {
  await withFile(path, 'r+', (file) => file.sync());
}

async function publish(staged: string, path: string): Promise<boolean> {
  try {
    await link(staged, path);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
  try {
    await syncDirectory(dirname(path));
  } catch (error) {
    await unlinkIfPresent(path);
    throw error;
  }
  return true;
}

async function unlinkIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
