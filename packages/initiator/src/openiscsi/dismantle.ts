import type { Identity } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { describe, type LunAddress } from '../iscsi/proof.ts';
import { clearMap, flushMap, removeMap } from '../multipath/dismantleMap.ts';
import { type MultipathMap, mapOf } from '../multipath/maps.ts';
import { flushUnused } from '../scsi/flush.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import { removeDisk, waitUntilGone } from '../scsi/removeDisk.ts';
import type { OpenIscsiHost } from './host.ts';
import type { NodeAddress } from './iscsiadm.ts';
import { type IscsiPath, isUp } from './paths.ts';
import { disksOf, sessionTo } from './sessions.ts';

const UNDO_MS = 120_000;
const GONE_MS = 30_000;

/** How paths are taken away. */
export interface DismantleOptions {
  /** What each path must show before it is touched; null: it was never handed out, or is flushed. */
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
 * for. Sessions stay ({@link endSession}). A path that leads to another volume by now is not touched (field-notes.md P2).
 *
 * @throws ContractError, CommandError of the first step that failed, unless `force`
 */
export async function dismantle(
  host: OpenIscsiHost,
  found: readonly IscsiPath[],
  { identity, force, flush, flushed: whenFlushed, budget = new Budget({}, UNDO_MS) }: DismantleOptions,
): Promise<Dismantled> {
  const { sysfs } = host;
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
  const paths: IscsiPath[] = [];
  let isAlive = false;
  for (const path of found) {
    const up = await isUp(sysfs, path);
    const isOurs = identity === null || (await step(() => prove(host, path, identity, up, budget)));
    if (!isOurs) continue;
    isAlive ||= up;
    paths.push(path);
  }
  const names = paths.map(({ disk }) => disk.name);
  const map = await firstMap(names, sysfs.root);
  // With paths of others below it the map goes on without ours.
  const whole = map?.disks.every((name) => names.includes(name)) === true ? map : null;
  let flushed = true;
  if (whole !== null) {
    if (force && !isAlive) await step(() => host.tools.disableQueueing(whole.name, budget));
    if (flush) flushed = await flushStep(step, force && !isAlive, () => flushMap(host, whole, budget));
    await step(() => removeMap(host, whole, budget));
  } else if (map !== null) {
    for (const name of names) await step(() => host.tools.removePath(name, budget));
  } else if (flush) {
    for (const path of paths) {
      const isDead = force && !(await isUp(sysfs, path));
      const one = await flushStep(step, isDead, () =>
        flushUnused(path.disk.name, sysfs.path(path.disk), budget, sysfs.root),
      );
      flushed &&= one;
    }
  }
  await whenFlushed?.();
  for (const path of paths) await step(() => takeDisk(host, path, budget));
  if (whole !== null) await step(() => clearMap(host, whole.wwid, budget));
  return { flushed, errors };
}

/** Makes the kernel forget a path's disk. One whose session is down goes with it: the kernel would wait for the path before. */
export async function takeDisk(
  host: OpenIscsiHost,
  path: IscsiPath,
  budget = new Budget({}, UNDO_MS),
): Promise<void> {
  const { sysfs, iscsiadm } = host;
  const { transport } = path.session;
  const session = await sessionTo(sysfs, transport, path.address);
  const isAlone = session !== undefined && (await disksOf(sysfs, session)).length === 1;
  if (session?.isLoggedIn === false && isAlone) {
    await iscsiadm.logout({ ...path.address, transport }, budget);
    await waitUntilGone(sysfs, path.disk, GONE_MS);
    return;
  }
  await removeDisk(sysfs, path.disk, budget);
}

/** Logs out and removes the node record with its credentials, unless another LUN uses the session. Idempotent. */
export async function endSession(
  { sysfs, iscsiadm }: OpenIscsiHost,
  node: NodeAddress & Pick<LunAddress, 'lun'>,
  budget = new Budget({}, UNDO_MS),
): Promise<void> {
  const session = await sessionTo(sysfs, node.transport, node);
  if (session !== undefined) {
    if ((await disksOf(sysfs, session)).length > 0) return;
    await iscsiadm.logout(node, budget);
  }
  await iscsiadm.removeNode(node, budget);
}

async function prove(
  { sysfs }: OpenIscsiHost,
  { disk, address }: IscsiPath,
  identity: Identity,
  up: boolean,
  budget: Budget,
): Promise<void> {
  await proveDisk(sysfs, disk, identity, budget, { what: describe(address), afresh: up });
}

/** @returns whether nothing of this host's cache is lost */
async function flushStep(
  step: (work: () => Promise<void>) => Promise<boolean>,
  isHopeless: boolean,
  work: () => Promise<void>,
): Promise<boolean> {
  return !isHopeless && (await step(work));
}

async function firstMap(disks: readonly string[], sysfsRoot: string): Promise<MultipathMap | null> {
  for (const name of disks) {
    const map = await mapOf(name, sysfsRoot);
    if (map !== null) return map;
  }
  return null;
}
