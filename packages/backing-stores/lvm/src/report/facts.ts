import type { z } from '@scoria/driver-sdk';
import { type Mark, markOf } from '../lvm/tags.ts';
import type { lvRowSchema } from './schema.ts';

/** What LVM says of a logical volume. */
export interface LvFacts {
  readonly uuid: string;
  readonly name: string;
  /** Path of its device (`/dev/mapper/…`), which is there while it is active. */
  readonly path: string;
  /** Bytes that its device shows; of a COW snapshot: those of its origin when it was taken. */
  readonly size: number;
  /** Bytes that it takes of the group, or could take of its pool. */
  readonly space: number;
  readonly type: 'thick' | 'cow-snapshot' | 'thin' | 'thin-pool' | 'other';
  readonly pool: string | undefined;
  /** Name of the logical volume that it is a snapshot of, if that is still there. */
  readonly origin: string | undefined;
  /** Whether it has COW snapshots, which need it. */
  readonly hasCowSnapshots: boolean;
  readonly active: boolean;
  readonly open: boolean;
  readonly suspended: boolean;
  readonly dataPercent: number | undefined;
  readonly metadataPercent: number | undefined;
  readonly tags: readonly string[];
  /** What its tags say; undefined: it is none of Scoria. */
  readonly mark: Mark | undefined;
  readonly groupTags: readonly string[];
}

/** Layouts (lvs(8)) of volumes whose blocks are theirs alone, wherever they are. */
const thickLayouts: ReadonlySet<string> = new Set(['linear', 'striped', 'mirror', 'raid']);

/** The facts of a row of lvs(8). */
export function factsOf(row: z.output<typeof lvRowSchema>): LvFacts {
  const type = typeOf(row);
  return {
    uuid: row.lv_uuid,
    name: row.lv_name,
    path: row.lv_dm_path,
    size: type === 'cow-snapshot' ? (row.origin_size ?? row.lv_size) : row.lv_size,
    space: row.lv_size,
    type,
    pool: row.pool_lv === '' ? undefined : row.pool_lv,
    origin: row.origin === '' ? undefined : row.origin,
    hasCowSnapshots: row.lv_role.includes('thickorigin'),
    active: row.lv_active === 'active',
    open: row.lv_device_open,
    suspended: row.lv_suspended,
    dataPercent: row.data_percent,
    metadataPercent: row.metadata_percent,
    tags: row.lv_tags,
    mark: markOf(row.lv_tags),
    groupTags: row.vg_tags,
  };
}

function typeOf({ lv_layout: layout, lv_role: role }: z.output<typeof lvRowSchema>): LvFacts['type'] {
  // A pool's role is private, though it is listed.
  if (layout.includes('thin') && layout.includes('pool')) return 'thin-pool';
  if (!role.includes('public')) return 'other';
  if (role.includes('thicksnapshot')) return 'cow-snapshot';
  if (layout.includes('thin')) return 'thin';
  if (layout.includes('cache') || layout.includes('pool') || layout.includes('vdo')) return 'other';
  return layout.some((each) => thickLayouts.has(each)) ? 'thick' : 'other';
}
