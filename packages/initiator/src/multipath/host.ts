import { join } from 'node:path';
import type { ScsiSysfs } from '../scsi/sysfs.ts';
import type { MultipathMap } from './maps.ts';
import type { MultipathTools } from './tools.ts';

/** The parts of a host with multipathd. */
export interface MultipathHost {
  readonly sysfs: ScsiSysfs;
  readonly tools: MultipathTools;
}

/** What to open: the name that belongs to the WWID; the number of a `dm-0` is soon another map's. */
export function mapPath({ sysfs }: Pick<MultipathHost, 'sysfs'>, map: Pick<MultipathMap, 'name'>): string {
  return join(sysfs.deviceDirectory, 'mapper', map.name);
}
