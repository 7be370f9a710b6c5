import { z } from 'zod';
import { secretSchema } from '../secret.ts';
import { identitySchema } from './identity.ts';

const accessMode = z.enum(['rw', 'ro']);

const common = {
  volume_id: z.string().optional(),
  access_mode: accessMode.optional(),
  encrypted: z.boolean().optional(),
  discard: z.boolean().optional(),
  physical_block_size: z.string().optional(),
  logical_block_size: z.string().optional(),
  qos_specs: z.record(z.string(), z.string()).nullish(),
};

/** `data` of an iSCSI or iSER connection (contract.md §7.2); the plural keys stand beside the single ones when there are several portals. */
export const iscsiConnectionDataSchema = z.object({
  ...common,
  target_discovered: z.boolean(),
  target_portal: z.string(),
  target_iqn: z.string(),
  target_lun: z.number().int().min(0).max(16383),
  target_portals: z.array(z.string()).optional(),
  target_iqns: z.array(z.string()).optional(),
  target_luns: z.array(z.number().int().min(0)).optional(),
  auth_method: z.literal('CHAP').optional(),
  auth_username: z.string().optional(),
  auth_password: secretSchema.optional(),
  addressing_mode: z.enum(['SAM', 'SAM2', 'SAM3-flat']).optional(),
});

const wwns = z.union([z.string(), z.array(z.string()).min(1)]);

/** `data` of a Fibre Channel connection (contract.md §10). */
export const fibreChannelConnectionDataSchema = z.object({
  ...common,
  target_discovered: z.boolean(),
  target_lun: z.number().int().min(0),
  /** One WWPN or a list of them. */
  target_wwn: wwns,
  target_luns: z.array(z.number().int().min(0)).optional(),
  target_wwns: z.array(z.string()).optional(),
  /** initiator WWPN to the target WWPNs it may see. */
  initiator_target_map: z.record(z.string(), z.array(z.string())).optional(),
});

/** `data` of a connection to a path of the same host. */
export const localConnectionDataSchema = z.object({ ...common, device_path: z.string().startsWith('/') });

/**
 * How an initiator reaches a volume: `driver_volume_type` plus `data`. `identity` is what the device will show; an
 * initiator that knows it refuses any other device (contract.md §14, D-class "wrong volume").
 */
export const connectionInfoSchema = z.discriminatedUnion('driver_volume_type', [
  z.object({
    driver_volume_type: z.literal('iscsi'),
    data: iscsiConnectionDataSchema,
    identity: identitySchema.optional(),
  }),
  z.object({
    driver_volume_type: z.literal('iser'),
    data: iscsiConnectionDataSchema,
    identity: identitySchema.optional(),
  }),
  z.object({
    driver_volume_type: z.literal('fibre_channel'),
    data: fibreChannelConnectionDataSchema,
    identity: identitySchema.optional(),
  }),
  z.object({
    driver_volume_type: z.literal('local'),
    data: localConnectionDataSchema,
    identity: identitySchema.optional(),
  }),
]);

/** How an initiator reaches a volume. */
export type ConnectionInfo = z.infer<typeof connectionInfoSchema>;
export type IscsiConnectionData = z.infer<typeof iscsiConnectionDataSchema>;
export type FibreChannelConnectionData = z.infer<typeof fibreChannelConnectionDataSchema>;
