import type { FibreChannelConnectionData, Identity } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import type { AttachedDevice } from '../model.ts';
import { assembleMap } from '../multipath/assembleMap.ts';
import { mapPath } from '../multipath/host.ts';
import { mapOf } from '../multipath/maps.ts';
import { dismantle } from '../paths/dismantle.ts';
import { isOther, refuseStale } from '../paths/prove.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import { UndoStack } from '../undo.ts';
import { type Attachment, describe, handleOf } from './attachment.ts';
import { findDisk } from './findDisk.ts';
import { findWays } from './findWays.ts';
import type { FcHost } from './host.ts';
import { type FcPath, pathBy, pathsOf, type Way } from './paths.ts';
import { fcTransport } from './transport.ts';

/** What is attached, and how. */
export interface AttachRequest {
  readonly attachment: Attachment;
  readonly data: FibreChannelConnectionData;
  readonly promised: Identity;
  /** Whether it is attached by all ways, with a multipath map above. */
  readonly multipath: boolean;
  /** Whether it is on this host already and in somebody's hands: then no failure takes it away. */
  readonly held: boolean;
}

/**
 * Attaches by one way, or by all of them. What a failed attempt has made is undone.
 *
 * @throws ContractError with what is left behind; see {@link InitiatorConnector.connect}
 */
export async function attach(host: FcHost, request: AttachRequest, budget: Budget): Promise<AttachedDevice> {
  const { attachment } = request;
  const undo = new UndoStack();
  try {
    return await (request.multipath ? byAll : byOne)(host, request, undo, budget);
  } catch (error) {
    const [first] = attachment.addresses;
    const what = first === undefined ? 'the volume' : describe(first);
    const failure = budget.signal.aborted
      ? budget.error(`attaching ${what}`)
      : toContractError(error, `Cannot attach ${what}`);
    throw withLeftovers(failure, await undo.unwind());
  }
}

/** The first way that shows the LUN; one by which the volume is attached already comes before. */
async function byOne(
  host: FcHost,
  request: AttachRequest,
  undo: UndoStack,
  budget: Budget,
): Promise<AttachedDevice> {
  const { attachment } = request;
  const present = await pathsOf(host.sysfs, attachment);
  // Another disk of a volume that is here would be a second way to it that no map joins.
  const ways: readonly Way[] = present.length > 0 ? present : await findWays(host.sysfs, attachment, budget);
  let first: unknown = null;
  for (const way of ways) {
    try {
      const { disk } = await attachPath(host, way, request, undo, budget);
      return await deviceOf(host, request, host.sysfs.path(disk), disk.name);
    } catch (error) {
      // Another port of the same target helps against silence, not against another volume.
      if (isOther(error) || budget.signal.aborted) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** All ways at once; those that do not show the LUN are done without. */
async function byAll(
  host: FcHost,
  request: AttachRequest,
  undo: UndoStack,
  budget: Budget,
): Promise<AttachedDevice> {
  const { attachment, promised } = request;
  await host.tools.requireRunning(budget);
  const ways = await findWays(host.sysfs, attachment, budget);
  const outcomes = await Promise.allSettled(ways.map((way) => attachPath(host, way, request, undo, budget)));
  const failures = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  // A port that shows another volume makes all of them doubtful.
  const other = failures.find(isOther);
  if (other !== undefined) throw other;
  const paths = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (paths.length === 0) throw failures[0];
  if (!request.held) {
    undo.add(`the multipath map of ${handleOf(attachment)}`, async () => {
      await dismantle(host, fcTransport(host), paths, { identity: null, force: true, flush: false });
    });
  }
  const map = await assembleMap(
    host,
    paths.map(({ disk }) => disk),
    promised,
    budget,
  );
  return deviceOf(host, request, mapPath(host, map), map.dm);
}

async function attachPath(
  host: FcHost,
  way: Way,
  { promised }: AttachRequest,
  undo: UndoStack,
  budget: Budget,
): Promise<FcPath> {
  const { sysfs } = host;
  const what = describe(way.address);
  const before = await pathBy(sysfs, way);
  if (before !== null) {
    await refuseStale(sysfs, fcTransport(host), before, promised);
    await proveDisk(sysfs, before.disk, promised, budget, { what, afresh: true });
    return before;
  }
  // Before it is looked for: it may show after that was given up.
  undo.add(`${what} at port ${way.from.wwpn}`, async () => {
    const late = await pathBy(sysfs, way);
    if (late !== null && (await mapOf(late.disk.name, sysfs.root)) === null)
      await dismantle(host, fcTransport(host), [late], { identity: null, force: false, flush: false });
  });
  const path = await findDisk(host, way, budget);
  await proveDisk(sysfs, path.disk, promised, budget, { what, afresh: false });
  return path;
}

async function deviceOf(
  { sysfs }: FcHost,
  { attachment, data, promised }: AttachRequest,
  path: string,
  name: string,
): Promise<AttachedDevice> {
  return {
    connector: 'fibre-channel',
    path,
    type: 'block',
    identity: promised,
    size: await sysfs.sizeOf(name),
    readOnly: data.access_mode === 'ro',
    discard: data.discard !== false,
    handle: handleOf(attachment),
  };
}
