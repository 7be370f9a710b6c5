import { backendOptionsSchema, z } from '@scoria/driver-sdk';

/** What LVM takes as the name of a group or a volume (lvm(8), VALID NAMES), short enough to leave room in a device's name. */
const lvmName = z
  .string()
  .max(64)
  .regex(/^[A-Za-z0-9_+.][A-Za-z0-9_+.-]*$/, 'letters, digits, + _ . -; no dash first')
  .refine((name) => name !== '.' && name !== '..', 'not a name');

/** Options of this store in a backend section. `volume_group` and `lvm_type` are the original's, the others with `lvm_` ours. */
export const options = z.object({
  ...backendOptionsSchema.pick({
    reserved_percentage: true,
    max_over_subscription_ratio: true,
    volume_clear: true,
    volume_clear_size: true,
  }).shape,
  volume_group: lvmName.default('cinder-volumes').describe('Volume group that holds the volumes'),
  lvm_type: z
    .enum(['auto', 'default', 'thin'])
    .default('auto')
    .describe(
      'default: thick volumes; thin: volumes of a thin pool; auto: thin where the pool exists, or the group is empty and the host can; else default',
    ),
  lvm_thin_pool: lvmName
    .optional()
    .describe(
      'Thin pool of the volumes, made with 95 % of the free space where it is absent; default: the name of the group and "-pool"',
    ),
  lvm_owner: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits, dot, dash, underscore')
    .optional()
    .describe(
      'Name in the tag by which the volumes of this backend are known among others of the group; default: the name of the backend',
    ),
});

/** Parsed options of this store. */
export type LvmStoreOptions = z.output<typeof options>;
