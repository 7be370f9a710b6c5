import { z } from 'zod';

/**
 * What a host says about itself when it is the initiator (contract.md §2, os-brick's `get_connector_properties`).
 * Names are the original's because other initiators send exactly these. Unknown keys are kept.
 */
export const connectorSchema = z.looseObject({
  /** IQN of the host. */
  initiator: z.string().max(223).nullish(),
  host: z.string().max(255).nullish(),
  ip: z.string().max(64).nullish(),
  wwpns: z.array(z.string().max(32)).nullish(),
  wwnns: z.array(z.string().max(32)).nullish(),
  multipath: z.boolean().nullish(),
  os_type: z.string().max(64).nullish(),
  platform: z.string().max(64).nullish(),
  mountpoint: z.string().max(255).nullish(),
  mode: z.enum(['rw', 'ro']).nullish(),
});

/** What a host says about itself when it is the initiator. */
export type Connector = z.infer<typeof connectorSchema>;
