import type { Identity } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { clearMap, flushMap, removeMap } from '../multipath/dismantleMap.ts';
import type { MultipathHost } from '../multipath/host.ts';
import { type MultipathMap, mapOf } from '../multipath/maps.ts';
import { flushUnused } from '../scsi/flush.ts';
import { prove } from './prove.ts';
import type { DiskPath, PathSteps } from './transport.ts';

const UNDO_MS = 120_000;

/** How paths are taken away. */
export interface DismantleOptions {
  /** What each path must show before it is touched; null: nobody says, or it was never handed out, or is flushed. */
  readonly identity: Identity | null;
  /** Runs every step even when an earlier one failed. */
  readonly force: boolean;
  /** Whether data may be in this host's cache. */
  readonly flush: boolean;
  /** Called once everything is flushed, before anything is taken away. */
  readonly flushed?: () => Promise<void>;
  readonly budget?: Budget;
}

/** What dismantling came to. */
export interface Dismantled {
  readonly flushed: boolean;
  /** What `force` went past. */
  readonly errors: readonly unknown[];
}

/**
 * Takes the disks of a volume away in the order that is safe for its data: map flushed and removed, disks flushed, disks deleted, each waited
 * for. A path that leads to another volume by now is not touched (field-notes.md P2).
 *
 * @throws ContractError, CommandError of the first step that failed, unless `force`
 */
export async function dismantle<Path extends DiskPath>(
  host: MultipathHost,
  steps: PathSteps<Path>,
  found: readonly Path[],
  { identity, force, flush, flushed: whenFlushed, budget = new Budget({}, UNDO_MS) }: DismantleOptions,
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
  const paths: Path[] = [];
  const dead = new Set<Path>();
  for (const path of found) {
    const isOurs = await step(async () => {
      if (!(await prove(sysfs, steps, path, { identity, force, budget }))) dead.add(path);
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
  // A path that was refused is attached as before.
  if (paths.length === found.length) await whenFlushed?.();
  for (const path of paths) await step(() => steps.takeDisk(path, budget));
  if (whole !== null) await step(() => clearMap(host, whole.wwid, budget));
  return { flushed, errors };
}

async function firstMap(disks: readonly string[], sysfsRoot: string): Promise<MultipathMap | null> {
  for (const name of disks) {
    const map = await mapOf(name, sysfsRoot);
    if (map !== null) return map;
  }
  return null;
}
