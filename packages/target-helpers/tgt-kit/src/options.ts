import { iscsiOptionsSchema, targetHelperOptionsSchema, z } from '@scoria/driver-sdk';

/** sun_path holds 108 bytes, its NUL included; tgtd adds `.<port>` and `.lock`. */
const MAX_SOCKET_PATH = 96;

/** Options of this helper in a backend section. Those with `tgt_` are ours, the others are the original's. */
export const tgtOptionsSchema = z.object({
  ...targetHelperOptionsSchema.pick({ volumes_dir: true, iscsi_write_cache: true, iscsi_target_flags: true })
    .shape,
  ...iscsiOptionsSchema.pick({
    iscsi_target_prefix: true,
    iscsi_ip_address: true,
    iscsi_port: true,
    iscsi_secondary_ip_addresses: true,
  }).shape,
  tgt_driver: z
    .enum(['iscsi', 'iser'])
    .default('iscsi')
    .describe("tgtd's transport driver that serves the targets; the iSER driver of Scoria sets it"),
  tgt_control_socket: z
    .string()
    .startsWith('/')
    .max(MAX_SOCKET_PATH)
    .default('/var/run/tgtd/socket')
    .describe("tgtd's TGT_IPC_SOCKET: path of its control socket without the suffix .<port>"),
  tgt_control_port: z.number().int().min(0).max(32_767).default(0).describe("tgtd's control port (-C)"),
  tgt_spawn: z
    .boolean()
    .default(false)
    .describe('Start a tgtd on tgt_control_socket when none answers; it outlives the driver'),
  tgt_stop_on_close: z
    .boolean()
    .default(false)
    .describe(
      'Stop the tgtd that tgt_spawn started when the driver is shut down and no initiator has a session',
    ),
  tgt_worker_threads: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(2)
    .describe('I/O threads per LUN of a spawned tgtd (-t)'),
  tgt_iser_pool_mb: z
    .number()
    .int()
    .min(16)
    .max(65_536)
    .default(128)
    .describe(
      'MiB of memory for RDMA that a spawned tgtd registers (--iser pool_sz_mb); tgtd itself takes 1024',
    ),
  tgt_block_size: z
    .union([z.literal(512), z.literal(1024), z.literal(2048), z.literal(4096)])
    .default(512)
    .describe('Logical block size of exported LUNs'),
  tgt_thin_provisioning: z
    .boolean()
    .default(true)
    .describe('Let initiators return blocks (UNMAP), which punches holes into the backing file'),
  tgt_request_timeout: z
    .number()
    .min(1)
    .max(300)
    .default(15)
    .describe('Seconds to wait for one answer of tgtd'),
});

/** Parsed options of this helper. */
export type TgtOptions = z.output<typeof tgtOptionsSchema>;
