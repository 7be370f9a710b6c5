import type { Identity } from '@scoria/core/contract';
import { CommandError } from '@scoria/host-exec';
import { Budget } from '../budget.ts';
import { clearMap, flushMap, removeMap } from '../multipath/dismantleMap.ts';
import { type MultipathMap, mapOf } from '../multipath/maps.ts';
import { flushUnused } from '../scsi/flush.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import { removeDisk } from '../scsi/removeDisk.ts';
import { describe } from './attachment.ts';
import type { FcHost } from './host.ts';
import { type FcPath, isUp } from './paths.ts';

const UNDO_MS = 120_000;
/** How long a path gets to answer when it goes anyhow. */
const PATIENCE_MS = 20_000;

/** How paths are taken away. */
export interface DismantleOptions {
  /** What each path must show before it is touched; null: nobody says. */
  readonly identity: Identity | null;
  /** Runs every step even when an earlier one failed. */
  readonly force: boolean;
  /** Whether data may be in this host's cache. */
  readonly flush: boolean;
  readonly budget?: Budget;
}

/** What dismantling came to. */
export interface Dismantled {
  readonly flushed: boolean;
  /** What `force` went past. */
  readonly errors: readonly unknown[];
}

/**
 * Takes the disks of a volume away in the order that is safe for its data: map flushed and removed, disks flushed, disks deleted, each waited for. There is no
 * logout in Fibre Channel. A path that leads to another volume by now is not touched (field-notes.md P2).
 *
 * @throws ContractError, CommandError of the first step that failed, unless `force`
 */
export async function dismantle(
  host: FcHost,
  found: readonly FcPath[],
  { identity, force, flush, budget = new Budget({}, UNDO_MS) }: DismantleOptions,
): Promise<Dismantled> {
  const { sysfs, tools } = host;
  const errors: unknown[] = [];
  const step = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (!force) throw error;
      errors.push(error);
      return false;
    }
  };
  const paths: FcPath[] = [];
  const dead = new Set<FcPath>();
  for (const path of found) {
    const isOurs = await step(async () => {
      if (!(await answers(host, path, identity, force, budget))) dead.add(path);
    });
    if (isOurs) paths.push(path);
  }
  const isHopeless = force && paths.every((path) => dead.has(path));
  const names = paths.map(({ disk }) => disk.name);
  const map = await firstMap(names, sysfs.root);
  // With paths of others below it the map goes on without ours.
  const whole = map?.disks.every((name) => names.includes(name)) === true ? map : null;
  let flushed = true;
  if (whole !== null) {
    if (isHopeless) await step(() => tools.disableQueueing(whole.name, budget));
    if (flush) flushed = !isHopeless && (await step(() => flushMap(host, whole, budget)));
    await step(() => removeMap(host, whole, budget));
  } else if (map !== null) {
    for (const name of names) await step(() => tools.removePath(name, budget));
  } else if (flush) {
    for (const path of paths) {
      const { disk } = path;
      const isLost = force && dead.has(path);
      flushed &&= !isLost && (await step(() => flushUnused(disk.name, sysfs.path(disk), budget, sysfs.root)));
    }
  }
  for (const { disk } of paths) await step(() => removeDisk(sysfs, disk, budget));
  if (whole !== null) await step(() => clearMap(host, whole.wwid, budget));
  return { flushed, errors };
}

/**
 * Proves a path. One that has just died does not answer: with `force`, what the kernel has kept of it counts then.
 *
 * @returns whether the path answers
 */
async function answers(
  { sysfs }: FcHost,
  path: FcPath,
  identity: Identity | null,
  force: boolean,
  budget: Budget,
): Promise<boolean> {
  const { disk, address } = path;
  const what = describe(address);
  const up = await isUp(sysfs, path);
  if (identity === null) return up;
  if (!up || !force) {
    await proveDisk(sysfs, disk, identity, budget, { what, afresh: up });
    return up;
  }
  try {
    const patience = new Budget({ signal: budget.signal, deadlineMs: PATIENCE_MS }, PATIENCE_MS);
    await proveDisk(sysfs, disk, identity, patience, { what, afresh: true });
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await proveDisk(sysfs, disk, identity, budget, { what, afresh: false });
    return false;
  }
}

async function firstMap(disks: readonly string[], sysfsRoot: string): Promise<MultipathMap | null> {
  for (const name of disks) {
    const map = await mapOf(name, sysfsRoot);
    if (map !== null) return map;
  }
  return null;
}
