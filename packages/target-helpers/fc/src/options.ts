import { wwnSchema, z } from '@scoria/driver-sdk';
import { lioPlacesSchema } from '@scoria/lio-kit';

/** Options of this helper in a backend section. */
export const fcOptionsSchema = z.object({
  fc_fabric: z
    .enum(['tcm_fc', 'qla2xxx'])
    .default('tcm_fc')
    .describe(
      'Fabric of LIO: tcm_fc for FCoE and software ports, qla2xxx for QLogic adapters in target mode',
    ),
  fc_target_wwpns: z
    .array(wwnSchema)
    .min(1)
    .describe('WWPNs of the ports of this host that are targets; every volume is shown at all of them'),
  fc_initiator_wwpns: z
    .array(wwnSchema)
    .default([])
    .describe(
      'WWPNs of initiators that may log in at any time, though they see nothing until a volume is attached',
    ),
  fc_write_cache: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Write cache of exported files; a block device has its own'),
  ...lioPlacesSchema.shape,
});

/** Parsed options of this helper. */
export type FcOptions = z.output<typeof fcOptionsSchema>;
