import {
  backendNameSchema,
  backendOptionsSchema,
  iscsiOptionsSchema,
  iserOptionsSchema,
  z,
} from '@scoria/driver-sdk';
import { faultSchema } from './faults/fault.ts';

const absolutePath = z.string().startsWith('/');

/** An object that is on the backend before anybody manages it. */
const existingSchema = z.object({
  name: backendNameSchema,
  size: z.number().int().positive(),
  /** Extra specs that a volume type must have to adopt it. */
  extra_specs: z.record(z.string(), z.string()).default({}),
});

/** Options of the fake driver; those of the transports keep their names and their meaning. */
export const options = z.object({
  ...backendOptionsSchema.pick({
    volume_backend_name: true,
    reserved_percentage: true,
    max_over_subscription_ratio: true,
    volume_clear: true,
    volume_clear_size: true,
  }).shape,
  ...iscsiOptionsSchema.pick({
    iscsi_target_prefix: true,
    iscsi_ip_address: true,
    iscsi_port: true,
    iscsi_secondary_ip_addresses: true,
  }).shape,
  ...iserOptionsSchema.pick({ iser_target_prefix: true, iser_ip_address: true, iser_port: true }).shape,
  fake_protocol: z
    .enum(['iscsi', 'iser', 'fibre_channel', 'local'])
    .default('iscsi')
    .describe('Shape of the connections; local needs fake_data_dir'),
  fake_pools: z
    .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/))
    .min(1)
    .default(['fake'])
    .describe('Names of the pools'),
  fake_capacity_gb: z
    .number()
    .positive()
    .max(8_000_000)
    .default(1_000_000)
    .describe('GiB of each pool; what does not fit is refused'),
  fake_max_volume_gb: z
    .number()
    .positive()
    .max(8_000_000)
    .default(65_536)
    .describe('GiB of the largest volume'),
  fake_state_file: absolutePath
    .optional()
    .describe('Where the state outlives the process; default: nowhere, or inside fake_data_dir'),
  fake_data_dir: absolutePath.optional().describe('Directory of sparse files that hold the bytes of volumes'),
  fake_recycle: z
    .boolean()
    .default(false)
    .describe(
      'Whether the space of what was deleted is used again, as it is: needs fake_data_dir, and volume_clear to be wiped before',
    ),
  fake_linked_clones: z
    .boolean()
    .default(false)
    .describe('Whether a volume made from a snapshot depends on it'),
  fake_instant_snapshots: z
    .boolean()
    .default(false)
    .describe(
      'Whether snapshots are complete when the request is answered, also of a volume in use, and where copies are work for the service: needs fake_data_dir',
    ),
  fake_sessions: z.boolean().default(false).describe('Whether whoever has access also has a live session'),
  fake_existing: z.array(existingSchema).default([]).describe('Objects that can be adopted'),
  fake_probe: z
    .enum(['ready', 'starting', 'absent', 'degraded'])
    .default('ready')
    .describe('What a probe answers'),
  fake_faults: z.array(faultSchema).default([]).describe('Failures to show'),
  fake_faults_file: absolutePath
    .optional()
    .describe('JSON file with further failures, read again at each call'),
});

/** Parsed options of the fake driver. */
export type FakeOptions = z.output<typeof options>;
