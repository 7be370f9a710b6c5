import { z } from 'zod';
import { secretSchema } from '../secret.ts';
import { identitySchema } from './identity.ts';

const accessMode = z.enum(['rw', 'ro']);

const common = {
  volume_id: z.string().optional().describe('Identifier of the volume.'),
  access_mode: accessMode.optional().describe('What the initiator may do.'),
  encrypted: z.boolean().optional().describe('Whether the initiator encrypts what it writes.'),
  discard: z.boolean().optional().describe('Whether unmap commands are passed on.'),
  physical_block_size: z.string().optional().describe('Bytes, as text.'),
  logical_block_size: z.string().optional().describe('Bytes, as text.'),
  qos_specs: z.record(z.string(), z.string()).nullish().describe('Limits that the initiator enforces.'),
};

/** `data` of an iSCSI or iSER connection (contract.md §7.2); the plural keys stand beside the single ones when there are several portals. */
export const iscsiConnectionDataSchema = z
  .object({
    ...common,
    target_discovered: z
      .boolean()
      .describe('Whether the location came from a discovery instead of a stored one.'),
    target_portal: z.string().describe('`address:port`; an IPv6 address is in brackets.'),
    target_iqn: z.string().describe('Name of the target.'),
    target_lun: z.number().int().min(0).max(16383).describe('Logical unit number.'),
    target_portals: z.array(z.string()).optional().describe('Every portal, the first included.'),
    target_iqns: z.array(z.string()).optional().describe('The target name for each portal.'),
    target_luns: z.array(z.number().int().min(0)).optional().describe('The LUN for each portal or port.'),
    auth_method: z.literal('CHAP').optional().describe('Set when the initiator must authenticate.'),
    auth_username: z.string().optional().describe('CHAP name.'),
    auth_password: secretSchema.optional().describe('CHAP secret.'),
    addressing_mode: z
      .enum(['SAM', 'SAM2', 'SAM3-flat'])
      .optional()
      .describe('How LUNs above 255 are addressed.'),
  })
  .meta({
    id: 'IscsiConnectionData',
    description:
      'How to reach an iSCSI or iSER target. The plural keys stand beside the single ones when there are several portals.',
  });

const wwns = z.union([z.string(), z.array(z.string()).min(1)]);

/** `data` of a Fibre Channel connection (contract.md §10). */
export const fibreChannelConnectionDataSchema = z
  .object({
    ...common,
    target_discovered: z
      .boolean()
      .describe('Whether the location came from a discovery instead of a stored one.'),
    target_lun: z.number().int().min(0).describe('Logical unit number.'),
    target_wwn: wwns.describe('One WWPN or a list of them.'),
    target_luns: z.array(z.number().int().min(0)).optional().describe('The LUN for each portal or port.'),
    target_wwns: z.array(z.string()).optional().describe('Every target port.'),
    initiator_target_map: z
      .record(z.string(), z.array(z.string()))
      .optional()
      .describe('Initiator WWPN to the target WWPNs it may see.'),
  })
  .meta({ id: 'FibreChannelConnectionData', description: 'How to reach a Fibre Channel LUN.' });

/** `data` of a connection to a path of the same host. */
export const localConnectionDataSchema = z
  .object({
    ...common,
    device_path: z.string().startsWith('/').describe('Absolute path on this host.'),
  })
  .meta({ id: 'LocalConnectionData', description: 'A path on the same host.' });

/**
 * How an initiator reaches a volume: `driver_volume_type` plus `data`. `identity` is what the device will show; an
 * initiator that knows it refuses any other device (contract.md §14, D-class "wrong volume").
 */
export const connectionInfoSchema = z
  .discriminatedUnion('driver_volume_type', [
    z.object({
      driver_volume_type: z.literal('iscsi').describe('Discriminator: the transport.'),
      data: iscsiConnectionDataSchema.describe('What the transport needs.'),
      identity: identitySchema.optional().describe('What the device will show.'),
    }),
    z.object({
      driver_volume_type: z.literal('iser').describe('Discriminator: the transport.'),
      data: iscsiConnectionDataSchema.describe('What the transport needs.'),
      identity: identitySchema.optional().describe('What the device will show.'),
    }),
    z.object({
      driver_volume_type: z.literal('fibre_channel').describe('Discriminator: the transport.'),
      data: fibreChannelConnectionDataSchema.describe('What the transport needs.'),
      identity: identitySchema.optional().describe('What the device will show.'),
    }),
    z.object({
      driver_volume_type: z.literal('local').describe('Discriminator: the transport.'),
      data: localConnectionDataSchema.describe('What the transport needs.'),
      identity: identitySchema.optional().describe('What the device will show.'),
    }),
  ])
  .meta({
    id: 'ConnectionInfo',
    description:
      'How an initiator reaches a volume, and what the device will show: an initiator refuses any other device.',
  });

/** How an initiator reaches a volume. */
export type ConnectionInfo = z.infer<typeof connectionInfoSchema>;
/** How to reach an iSCSI or iSER LUN. */
export type IscsiConnectionData = z.infer<typeof iscsiConnectionDataSchema>;
/** How to reach a Fibre Channel LUN. */
export type FibreChannelConnectionData = z.infer<typeof fibreChannelConnectionDataSchema>;
