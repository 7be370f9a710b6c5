import { join } from 'node:path';
import { names, text } from '../scsi/sysfs.ts';

/** A multipath map of the device mapper. */
export interface MultipathMap {
  /** Kernel name, such as `dm-0`. */
  readonly dm: string;
  /** Name of the map: its WWID, or `mpatha` where multipath.conf says so. */
  readonly name: string;
  /** What its paths have in common (multipath(8)). */
  readonly wwid: string;
  /** Kernel names of the disks below it. */
  readonly disks: readonly string[];
}

/** The multipath map that a disk is a path of; null when it is of none. */
export async function mapOf(disk: string, sysfsRoot: string): Promise<MultipathMap | null> {
  for (const holder of await names(join(sysfsRoot, 'block', disk, 'holders'))) {
    const map = await readMap(holder, sysfsRoot);
    if (map !== null) return map;
  }
  return null;
}

/** The map of that WWID, with paths or without; null when there is none. */
export async function mapByWwid(wwid: string, sysfsRoot: string): Promise<MultipathMap | null> {
  for (const name of await names(join(sysfsRoot, 'block'))) {
    if (!name.startsWith('dm-')) continue;
    const map = await readMap(name, sysfsRoot);
    if (map?.wwid === wwid) return map;
  }
  return null;
}

/** Reads a map; null when `dm` is not there or is another kind of device. */
export async function readMap(dm: string, sysfsRoot: string): Promise<MultipathMap | null> {
  const folder = join(sysfsRoot, 'block', dm);
  const [uuid, name, disks] = await Promise.all([
    text(join(folder, 'dm/uuid')),
    text(join(folder, 'dm/name')),
    names(join(folder, 'slaves')),
  ]);
  if (!uuid.startsWith('mpath-') || name === '') return null;
  return { dm, name, wwid: uuid.slice('mpath-'.length), disks };
}
