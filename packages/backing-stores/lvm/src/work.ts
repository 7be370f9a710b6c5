import { bytes, type CopyWork, type Identity, MIB, type WipeWork } from '@scoria/driver-sdk';
import type { Ground } from './ground.ts';
import type { LvFacts } from './report/facts.ts';

/** What the device of a volume shows in sysfs: LVM makes its UUID of those of group and volume (`dm/uuid`, lvm2's lib/activate/dev_manager.c). */
export function identityOf({ group }: Pick<Ground, 'group'>, { uuid }: Pick<LvFacts, 'uuid'>): Identity {
  return { type: 'dm', uuid: `LVM-${group.uuid.replaceAll('-', '')}${uuid.replaceAll('-', '')}` };
}

/** The copy of all of one volume onto another. */
export function copyWork(ground: Ground, source: LvFacts, destination: LvFacts): CopyWork {
  return {
    kind: 'copy',
    source: endpoint(ground, source, 0),
    destination: endpoint(ground, destination, 0),
    length: bytes(source.size),
    // A thin volume without a block reads as zero. One that has some may hold what an interrupted copy wrote; of a thick one nothing is known.
    destinationIsZero: destination.type === 'thin' && destination.dataPercent === 0,
  };
}

/** The zeroing of a range before it is used; nothing where there is none. */
export function zeroWork(ground: Ground, lv: LvFacts, from: number): WipeWork[] {
  if (from >= lv.size) return [];
  return [
    {
      kind: 'wipe',
      target: endpoint(ground, lv, from),
      length: bytes(lv.size - from),
      method: 'zero',
      guarantee: 'reads-as-zero',
    },
  ];
}

/** The wiping of a volume before its extents are free, as the options say; undefined: they ask for none. */
export function wipeWork(ground: Ground, lv: LvFacts): WipeWork | undefined {
  const { volume_clear: method, volume_clear_size: most } = ground.options;
  if (method === 'none') return undefined;
  return {
    kind: 'wipe',
    target: endpoint(ground, lv, 0),
    length: bytes(most === 0 ? lv.space : Math.min(lv.space, most * MIB)),
    method,
    guarantee: method === 'shred' ? 'overwritten' : 'reads-as-zero',
  };
}

function endpoint(ground: Ground, lv: LvFacts, offset: number): WipeWork['target'] {
  return { path: lv.path, identity: identityOf(ground, lv), offset: bytes(offset) };
}
