import { z } from '@scoria/driver-sdk';

/** Numbers come as text, sizes in bytes (`--units b --nosuffix`). */
const size = z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().max(Number.MAX_SAFE_INTEGER));
const sizeOrNone = z.union([size, z.literal('').transform(() => undefined)]);
const percentOrNone = z.union([
  z.literal('').transform(() => undefined),
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number),
]);
/** `--binary`: 1, 0, or -1 for what cannot be told. */
const flag = z.enum(['1', '0', '-1']).transform((text) => text === '1');
const words = z.string().transform((text) => text.split(',').filter((word) => word !== ''));

/** One row of lvs(8), reported as in `lvColumns`. */
export const lvRowSchema = z.object({
  lv_uuid: z.string().regex(/^[A-Za-z0-9-]{38}$/),
  lv_name: z.string().min(1),
  lv_size: size,
  lv_layout: words,
  lv_role: words,
  pool_lv: z.string(),
  origin: z.string(),
  origin_size: sizeOrNone,
  lv_tags: words,
  lv_active: z.string(),
  lv_device_open: flag,
  lv_suspended: flag,
  data_percent: percentOrNone,
  metadata_percent: percentOrNone,
  lv_dm_path: z.string().startsWith('/dev/'),
  vg_tags: words,
});

/** Columns of lvs(8) that the store reads. */
export const lvColumns = Object.keys(lvRowSchema.shape).join(',');

/** The one row of vgs(8), reported as in `vgColumns`. */
export const vgRowSchema = z.object({
  vg_uuid: z.string().regex(/^[A-Za-z0-9-]{38}$/),
  vg_name: z.string().min(1),
  vg_size: size,
  vg_free: size,
  vg_extent_size: size,
  vg_partial: flag,
  vg_exported: flag,
  vg_permissions: z.string(),
  lv_count: size,
  vg_tags: words,
});

/** Columns of vgs(8) that the store reads. */
export const vgColumns = Object.keys(vgRowSchema.shape).join(',');

/** What `--reportformat json` makes of rows (lvmreport(7)). */
export function reportOf<Row extends z.ZodType>(kind: 'lv' | 'vg', row: Row) {
  return z
    .object({ report: z.array(z.object({ [kind]: z.array(row) })) })
    .transform(({ report }) => report.flatMap((each) => each[kind] ?? []));
}
