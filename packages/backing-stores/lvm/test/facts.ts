import { MIB } from '@scoria/driver-sdk';
import { markOf } from '../src/lvm/tags.ts';
import type { LvFacts } from '../src/report/facts.ts';

/** What LVM would say of a thick volume, but for what is given. */
export function lv(over: Partial<LvFacts>): LvFacts {
  const { name = 'volume-1', size = 8 * MIB, tags = [] } = over;
  return {
    uuid: '67v6dh-U2fX-MXDz-255d-Bdee-hY91-uLsddu',
    name,
    path: `/dev/mapper/vg-${name.replaceAll('-', '--')}`,
    size,
    space: size,
    type: 'thick',
    pool: undefined,
    origin: undefined,
    hasCowSnapshots: false,
    active: true,
    open: false,
    suspended: false,
    dataPercent: undefined,
    metadataPercent: undefined,
    tags,
    mark: markOf(tags),
    groupTags: [],
    ...over,
  };
}

/** A thin pool. */
export const pool = (name: string): LvFacts =>
  lv({ name, type: 'thin-pool', dataPercent: 0, metadataPercent: 1 });
