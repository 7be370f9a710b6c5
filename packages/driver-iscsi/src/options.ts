import { backendOptionsSchema, iscsiOptionsSchema, z } from '@scoria/driver-sdk';

/** Options of the iSCSI driver, by the original's names (contract.md §1.1). Helper and store have further ones in the same section. */
export const iscsiDriverOptionsSchema = z.object({
  ...backendOptionsSchema.shape,
  ...iscsiOptionsSchema.shape,
  backing_store: z.string().min(1).default('file').describe('Backing store: the name of an installed plugin'),
});

/** Parsed options of the iSCSI driver. */
export type IscsiDriverOptions = z.output<typeof iscsiDriverOptionsSchema>;
