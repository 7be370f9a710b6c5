import { access } from 'node:fs/promises';
import { ContractError, type Identity } from '@scoria/core/contract';
import { Budget } from '../budget.ts';
import { proveDisk } from '../scsi/proveDisk.ts';
import type { ScsiDisk } from '../scsi/scsiDisk.ts';
import { type MultipathHost, mapPath } from './host.ts';
import { type MultipathMap, mapByWwid, mapOf } from './maps.ts';
import { mpathWwid } from './mpathWwid.ts';

const POLL_MS = 100;
const ADD_AGAIN_MS = 1_000;
/** How long the map waits for the last of its paths. */
const WHOLE_MS = 15_000;
const FORGET_MS = 30_000;

/**
 * Has multipathd make one map of disks that have proven to be the same volume, and waits until it can be opened. The map must be
 * of the WWID that the disks show, and every disk below it must have proven the identity: never a map of another volume, nor one that mixes
 * two (field-notes.md P2). Idempotent.
 *
 * @param disks the paths, at least one
 * @throws ContractError DEVICE_UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED; CommandError
 */
export async function assembleMap(
  host: MultipathHost,
  disks: readonly ScsiDisk[],
  promised: Identity,
  budget: Budget,
): Promise<MultipathMap> {
  const wwid = await commonWwid(host, disks);
  try {
    return await joinMap(host, disks, wwid, promised, budget);
  } catch (error) {
    // Nothing is left on multipathd's list of what it is to make maps of.
    if (wwid !== null && (await mapByWwid(wwid, host.sysfs.root)) === null) {
      await host.tools.forget(wwid, new Budget({}, FORGET_MS)).catch(() => undefined);
    }
    throw error;
  }
}

async function joinMap(
  host: MultipathHost,
  disks: readonly ScsiDisk[],
  wwid: string | null,
  promised: Identity,
  budget: Budget,
): Promise<MultipathMap> {
  if (wwid !== null) {
    // Before a path joins: from then on, what the map is given to write may go there.
    const existing = await mapByWwid(wwid, host.sysfs.root);
    if (existing !== null) await proveOthers(host, existing, disks, promised, budget);
    await host.tools.remember(wwid, budget);
  }
  let addedAt = Number.NEGATIVE_INFINITY;
  let firstSeenAt: number | null = null;
  const map = await budget.until(
    `waiting for the multipath map of ${disks.map(({ name }) => name).join(', ')}`,
    async () => {
      const { held, map: seen } = await heldBy(host, disks);
      if (held.length < disks.length && performance.now() - addedAt >= ADD_AGAIN_MS) {
        for (const { name } of disks) if (!held.includes(name)) await host.tools.addPath(name, budget);
        addedAt = performance.now();
      }
      if (seen === null) return null;
      firstSeenAt ??= performance.now();
      // A path that does not join is no reason to have none.
      if (held.length < disks.length && performance.now() - firstSeenAt < WHOLE_MS) return null;
      return (await isNode(mapPath(host, seen))) ? seen : null;
    },
    POLL_MS,
  );
  if (wwid !== null && map.wwid !== wwid) {
    throw new ContractError(
      'DEVICE_UNAVAILABLE',
      `${mapPath(host, map)} is the map of ${map.wwid}, its paths show ${wwid}: it is another volume's.`,
      { details: { map: map.name, wwid } },
    );
  }
  await proveOthers(host, map, disks, promised, budget);
  return map;
}

/** The WWID that all disks show. @throws ContractError DEVICE_UNAVAILABLE when they show different ones */
async function commonWwid({ sysfs }: MultipathHost, disks: readonly ScsiDisk[]): Promise<string | null> {
  const shown = new Set<string | null>();
  for (const disk of disks) shown.add(mpathWwid(await sysfs.wwidOf(disk)));
  if (shown.size <= 1) return [...shown][0] ?? null;
  throw new ContractError(
    'DEVICE_UNAVAILABLE',
    `The paths ${disks.map((disk) => sysfs.path(disk)).join(', ')} show different WWIDs (${[...shown].join(', ')}), so that no map can join them.`,
  );
}

async function heldBy(
  { sysfs }: MultipathHost,
  disks: readonly ScsiDisk[],
): Promise<{ readonly held: readonly string[]; readonly map: MultipathMap | null }> {
  const held: string[] = [];
  let map: MultipathMap | null = null;
  for (const { name } of disks) {
    const of = await mapOf(name, sysfs.root);
    if (of === null) continue;
    if (map !== null && map.dm !== of.dm) {
      throw new ContractError('DEVICE_UNAVAILABLE', `The paths belong to two maps: ${map.name}, ${of.name}.`);
    }
    map = of;
    held.push(name);
  }
  return { held, map };
}

async function proveOthers(
  { sysfs }: MultipathHost,
  map: MultipathMap,
  proven: readonly ScsiDisk[],
  promised: Identity,
  budget: Budget,
): Promise<void> {
  for (const name of map.disks) {
    if (proven.some((disk) => disk.name === name)) continue;
    const disk = await sysfs.disk(name);
    if (disk !== null)
      await proveDisk(sysfs, disk, promised, budget, { what: `a path of ${map.name}`, afresh: false });
  }
}

async function isNode(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
