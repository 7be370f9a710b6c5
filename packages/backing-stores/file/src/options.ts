import { backendOptionsSchema, z } from '@scoria/driver-sdk';

/** Options of this store in a backend section. Those with `file_store_` are ours, the others are the original's. */
export const options = z.object({
  ...backendOptionsSchema.pick({
    reserved_percentage: true,
    max_over_subscription_ratio: true,
    volume_clear: true,
    volume_clear_size: true,
  }).shape,
  file_store_dir: z
    .string()
    .startsWith('/')
    .optional()
    .describe("Directory of the volumes, this backend's alone; default: below the backend's state directory"),
  file_store_image: z
    .string()
    .startsWith('/')
    .optional()
    .describe(
      'File to be mounted on file_store_dir as an XFS of its own, by a loop device: reflinks on any filesystem. Needs root',
    ),
  file_store_image_size: z
    .number()
    .int()
    .min(1)
    .max(1_048_576)
    .default(20)
    .describe('Size in GiB of file_store_image when it is made; sparse'),
  file_store_image_unmount: z
    .boolean()
    .default(false)
    .describe('Unmount file_store_image when the driver is shut down and nothing uses it'),
  volumes_preallocation: z
    .enum(['none', 'full'])
    .default('none')
    .describe('none: volumes take space as they are written; full: all of it at once'),
  file_store_max_volume_size: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Largest volume in GiB; default: what the filesystem can'),
});

/** Parsed options of this store. */
export type FileStoreOptions = z.output<typeof options>;
