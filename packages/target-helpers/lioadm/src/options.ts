import { iscsiNameSchema, iscsiOptionsSchema, targetHelperOptionsSchema, z } from '@scoria/driver-sdk';
import { lioPlacesSchema } from '@scoria/lio-kit';

/** Options of this helper in a backend section. Those with `lio_` that the original does not have are ours. */
export const lioOptionsSchema = z.object({
  ...targetHelperOptionsSchema.pick({ iscsi_write_cache: true }).shape,
  ...iscsiOptionsSchema.pick({
    iscsi_ip_address: true,
    iscsi_port: true,
    iscsi_secondary_ip_addresses: true,
  }).shape,
  lio_initiator_iqns: z
    .array(iscsiNameSchema)
    .default([])
    .describe('Initiators that LIO authorises beforehand, each with credentials of its own'),
  ...lioPlacesSchema.shape,
});

/** Parsed options of this helper. */
export type LioOptions = z.output<typeof lioOptionsSchema>;
