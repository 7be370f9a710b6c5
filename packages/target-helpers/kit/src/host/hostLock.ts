import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ContractError, z } from '@scoria/driver-sdk';

const errnoOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null);

const RETRY_MS = 10;
const DEADLINE_MS = 30_000;

const ownerSchema = z.object({ pid: z.number().int().positive(), startTime: z.string() });

/** proc(5): the start of a process in clock ticks; with its number it means this process and no later one. */
async function startTime(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

async function isAlive(text: string): Promise<boolean> {
  try {
    const owner = ownerSchema.parse(JSON.parse(text));
    return (await startTime(owner.pid)) === owner.startTime;
  } catch {
    return false;
  }
}

/** A link appears with its content or not at all: no lock is ever seen without its owner. */
async function tryLock(path: string, owner: string): Promise<boolean> {
  const own = `${path}.${randomBytes(4).toString('hex')}`;
  const handle = await open(own, 'wx', 0o600);
  try {
    await handle.writeFile(owner);
    await link(own, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await handle.close();
    await rm(own, { force: true });
  }
}

/** @returns whether it is worth trying again at once */
async function takeOverStale(path: string): Promise<boolean> {
  const judged = await readFile(path, 'utf8').catch(() => null);
  if (judged === null) return true;
  if (await isAlive(judged)) return false;
  const aside = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
    // Somebody quicker may have taken it over in between: then what was moved is theirs, and goes back.
    if ((await readFile(aside, 'utf8')) !== judged) await link(aside, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EEXIST') return true;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/**
 * Runs `use` while no other process of the host does the same under this lock. The lock of a process that is gone is taken over.
 *
 * @throws ContractError BACKEND_ERROR when another process keeps it for long
 */
export async function withHostLock<T>(path: string, use: () => Promise<T>): Promise<T> {
  const owner = JSON.stringify({ pid: process.pid, startTime: (await startTime(process.pid)) ?? '' });
  const end = performance.now() + DEADLINE_MS;
  while (!(await tryLock(path, owner))) {
    if (await takeOverStale(path)) continue;
    if (performance.now() > end)
      throw new ContractError('BACKEND_ERROR', `another process keeps ${path} locked`);
    await delay(RETRY_MS);
  }
  try {
    return await use();
  } finally {
    await rm(path, { force: true });
  }
}
