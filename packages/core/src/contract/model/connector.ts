import { z } from 'zod';

/**
 * What a host says about itself when it is the initiator (contract.md §2, os-brick's `get_connector_properties`).
 * Names are the original's because other initiators send exactly these. Unknown keys are kept.
 */
export const connectorSchema = z
  .looseObject({
    initiator: z.string().max(223).nullish().describe('IQN of the host.'),
    host: z.string().max(255).nullish().describe('Host name.'),
    ip: z.string().max(64).nullish().describe('Address of the host.'),
    wwpns: z
      .array(z.string().max(32))
      .nullish()
      .describe('World-wide port names of the online Fibre Channel ports.'),
    wwnns: z.array(z.string().max(32)).nullish().describe('World-wide node names of the same ports.'),
    multipath: z.boolean().nullish().describe('Whether the host will use several paths.'),
    os_type: z.string().max(64).nullish().describe('Operating system.'),
    platform: z.string().max(64).nullish().describe('Machine type.'),
    mountpoint: z.string().max(255).nullish().describe('Where an instance sees the device.'),
    mode: z.enum(['rw', 'ro']).nullish().describe('Access that the attachment asks for.'),
  })
  .meta({
    id: 'Connector',
    description: 'What a host says about itself when it is the initiator. Unknown keys are kept.',
  });

/** What a host says about itself when it is the initiator. */
export type Connector = z.infer<typeof connectorSchema>;
