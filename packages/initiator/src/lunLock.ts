import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ContractError } from '@scoria/core/contract';
import type { Budget } from './budget.ts';
import { identifyProcess, processIdentitySchema, processRuns } from './processIdentity.ts';
import { writeFileAtomic } from './stateFile.ts';

const RETRY_MS = 15;

/**
 * Runs `use` while this process alone works on a LUN, among all processes of the host. A lock whose owner is gone is
 * taken over.
 *
 * @throws ContractError ABORTED when another verb keeps it until the deadline
 */
export async function withLunLock<T>(path: string, budget: Budget, use: () => Promise<T>): Promise<T> {
  const owner = JSON.stringify(await identifyProcess(process.pid));
  while (!(await tryLock(path, owner))) {
    if (await takeOverStale(path)) continue;
    if (budget.signal.aborted) {
      throw new ContractError(
        'ABORTED',
        'Another attach or detach of the same LUN is under way on this host; repeat when it has ended.',
      );
    }
    await delay(RETRY_MS);
  }
  try {
    return await use();
  } finally {
    await rm(path, { force: true });
  }
}

/** Whether a live process works under this lock. */
export async function isLocked(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text !== null && (await ownerRuns(text));
}

/** A link appears with its content or not at all, so no lock is ever seen without its owner. */
async function tryLock(path: string, owner: string): Promise<boolean> {
  const own = `${path}.${randomBytes(4).toString('hex')}`;
  await writeFileAtomic(own, owner);
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

async function takeOverStale(path: string): Promise<boolean> {
  const judged = await readFile(path, 'utf8').catch(() => null);
  if (judged === null) return true;
  if (await ownerRuns(judged)) return false;
  const aside = `${path}.stale-${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, aside);
    // Somebody quicker may have taken it over in between: then what was moved is theirs, and goes back.
    if ((await readFile(aside, 'utf8')) !== judged) await link(aside, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EEXIST'))
      return true;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function ownerRuns(text: string): Promise<boolean> {
  try {
    return await processRuns(processIdentitySchema.parse(JSON.parse(text)));
  } catch {
    return false;
  }
}
