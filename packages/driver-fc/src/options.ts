import { backendOptionsSchema, z } from '@scoria/driver-sdk';

/** Options of the Fibre Channel driver. Helper and store have further ones in the same section. */
export const fcDriverOptionsSchema = z.object({
  ...backendOptionsSchema.shape,
  fc_helper: z
    .string()
    .min(1)
    .default('fc')
    .describe('Target helper of Fibre Channel: the name of an installed plugin'),
  backing_store: z.string().min(1).default('file').describe('Backing store: the name of an installed plugin'),
});

/** Parsed options of the Fibre Channel driver. */
export type FcDriverOptions = z.output<typeof fcDriverOptionsSchema>;
