import type { Identity } from '@scoria/core/contract';
import { CommandError } from '@scoria/host-exec';
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
/** How long a path gets to answer when it goes anyhow. */
const PATIENCE_MS = 20_000;

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
  const dead = new Set<IscsiPath>();
  for (const path of found) {
    const isOurs = await step(async () => {
      const answers = await prove(host, path, identity, force, budget);
      if (!answers) dead.add(path);
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
    if (isHopeless) await step(() => host.tools.disableQueueing(whole.name, budget));
    if (flush) flushed = !isHopeless && (await step(() => flushMap(host, whole, budget)));
    await step(() => removeMap(host, whole, budget));
  } else if (map !== null) {
    for (const name of names) await step(() => host.tools.removePath(name, budget));
  } else if (flush) {
    for (const path of paths) {
      const { disk } = path;
      const isLost = force && dead.has(path);
      flushed &&= !isLost && (await step(() => flushUnused(disk.name, sysfs.path(disk), budget, sysfs.root)));
    }
  }
  // A path that was refused is attached as before.
  if (paths.length === found.length) await whenFlushed?.();
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
  if (await endWithDisk(host, path, budget)) return;
  try {
    await removeDisk(host.sysfs, path.disk, budget);
  } catch (error) {
    // It may have died since.
    if (!(await endWithDisk(host, path, new Budget({}, UNDO_MS)))) throw error;
  }
}

/** Ends a session that is down and has no other disk than this. @returns whether it was so */
async function endWithDisk(
  { sysfs, iscsiadm }: OpenIscsiHost,
  { address, session: { transport }, disk }: IscsiPath,
  budget: Budget,
): Promise<boolean> {
  const session = await sessionTo(sysfs, transport, address);
  if (session === undefined || session.isLoggedIn || (await disksOf(sysfs, session)).length > 1) return false;
  await iscsiadm.logout({ ...address, transport }, budget);
  await waitUntilGone(sysfs, disk, GONE_MS);
  return true;
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

/**
 * Proves a path. One that has just died does not answer: with `force`, what the kernel has kept of it counts then.
 *
 * @returns whether the path answers
 */
async function prove(
  { sysfs }: OpenIscsiHost,
  path: IscsiPath,
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
