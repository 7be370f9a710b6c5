import { type MultipathHost, mapPath } from '../multipath/host.ts';
import { mapOf } from '../multipath/maps.ts';
import type { DiskPath } from './transport.ts';

/** What of a volume is on this host by these paths: maps and disks. */
export async function leftOf(
  { sysfs }: Pick<MultipathHost, 'sysfs'>,
  paths: readonly DiskPath[],
): Promise<string[]> {
  const left = new Set<string>();
  for (const { disk } of paths) {
    left.add(sysfs.path(disk));
    const map = await mapOf(disk.name, sysfs.root);
    if (map !== null) left.add(mapPath({ sysfs }, map));
  }
  return [...left];
}
