import { backendOptionsSchema, iscsiOptionsSchema, iserOptionsSchema, z } from '@scoria/driver-sdk';

/**
 * Options of the iSER driver, by the original's names (contract.md §1.2). Those of iSCSI may stand beside them, as in a section that serves
 * both, and are outdone by them; helper and store have further ones in the same section.
 */
export const iserDriverOptionsSchema = z.object({
  ...backendOptionsSchema.shape,
  ...iscsiOptionsSchema.omit({ iscsi_helper: true }).shape,
  ...iserOptionsSchema.shape,
  backing_store: z.string().min(1).default('file').describe('Backing store: the name of an installed plugin'),
});

/** Parsed options of the iSER driver. */
export type IserDriverOptions = z.output<typeof iserDriverOptionsSchema>;
