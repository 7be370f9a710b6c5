import type { LvmStoreOptions } from '../options.ts';

const tagged = (tags: readonly string[]): string[] => tags.flatMap((tag) => ['--addtag', tag]);

/** What a logical volume is called, and its tags. */
export interface NewLv {
  readonly group: string;
  readonly name: string;
  readonly tags: readonly string[];
}

/** lvcreate(8): a thick volume. Old signatures on it are wiped, or LVM would ask. */
export function thickVolume({ group, name, tags }: NewLv, size: number): string[] {
  return ['--yes', '--name', name, '--size', `${size}b`, ...tagged(tags), group];
}

/** lvcreate(8): a volume of a thin pool. */
export function thinVolume({ group, name, tags }: NewLv, size: number, pool: string): string[] {
  const kind = ['--type', 'thin', '--virtualsize', `${size}b`, '--thinpool', pool];
  return ['--yes', ...kind, '--name', name, ...tagged(tags), group];
}

/** lvcreate(8): a snapshot of a thick volume, with room for every block of it, so that it can never overflow. */
export function cowSnapshot({ group, name, tags }: NewLv, origin: string): string[] {
  return [
    '--yes',
    '--snapshot',
    '--extents',
    '100%ORIGIN',
    '--name',
    name,
    ...tagged(tags),
    `${group}/${origin}`,
  ];
}

/** lvcreate(8): a snapshot of a thin volume; it stays inactive (lvmthin(7), activation skip) unless it will be a volume. */
export function thinSnapshot({ group, name, tags }: NewLv, origin: string, asVolume: boolean): string[] {
  const skip = asVolume ? ['--setactivationskip', 'n', '--activate', 'y'] : [];
  return ['--yes', '--snapshot', ...skip, '--name', name, ...tagged(tags), `${group}/${origin}`];
}

/** lvcreate(8): the pool, which zeroes blocks before a volume gets them. The rest is for its metadata and their spare. */
export function thinPool(group: string, pool: string, tag: string): string[] {
  return [
    '--yes',
    '--type',
    'thin-pool',
    '--extents',
    '95%FREE',
    '--zero',
    'y',
    '--name',
    pool,
    '--addtag',
    tag,
    group,
  ];
}

/**
 * lvremove(8): one logical volume, unless it has COW snapshots, which LVM would take along unasked. It selects under its own lock
 * (lvmreport(7)), so that a snapshot taken meanwhile counts.
 */
export function removeUnlessOrigin(group: string, uuid: string): string[] {
  return ['--yes', '--select', `lv_uuid=${uuid} && lv_role!=thickorigin`, group];
}

/** The name of the pool. */
export function poolName(options: Readonly<Pick<LvmStoreOptions, 'volume_group' | 'lvm_thin_pool'>>): string {
  return options.lvm_thin_pool ?? `${options.volume_group}-pool`;
}
