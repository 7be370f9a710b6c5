import { iscsiNameSchema, iscsiOptionsSchema, targetHelperOptionsSchema, z } from '@scoria/driver-sdk';

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
  lio_configfs_root: z
    .string()
    .startsWith('/')
    .default('/sys/kernel/config/target')
    .describe("LIO's directory of the kernel's configfs"),
  lio_saveconfig: z
    .string()
    .startsWith('/')
    .default('/etc/rtslib-fb-target/saveconfig.json')
    .describe('File that targetctl restores after a reboot; what is not ours in it is kept'),
  lio_thin_provisioning: z
    .boolean()
    .default(true)
    .describe('Let initiators return blocks (UNMAP) where the backing file or device can take them'),
});

/** Parsed options of this helper. */
export type LioOptions = z.output<typeof lioOptionsSchema>;
