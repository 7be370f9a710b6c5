import { z } from '@scoria/driver-sdk';

/** Options that every helper of LIO has. */
export const lioPlacesSchema = z.object({
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
