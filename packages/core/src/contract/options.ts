import { z } from 'zod';

const percent = z.number().int().min(0).max(100);
const port = z.number().int().min(1).max(65_535);
const iqnPrefix = z
  .string()
  .regex(
    /^iqn\.\d{4}-\d{2}\.[a-z0-9.-]+:([a-z0-9.:-]*)$/,
    'an IQN prefix: iqn.YYYY-MM.domain: (RFC 3720 §3.2.6.3.1)',
  );

/**
 * Options of every backend section (contract.md §1.1): the original's names, so that a cinder.conf section can be moved
 * over by eye; with the ranges and choices that the original never had (D9).
 */
export const backendOptionsSchema = z.object({
  num_shell_tries: z
    .number()
    .int()
    .min(1)
    .max(10)
    .default(3)
    .describe('Total attempts of the retrying command runner'),
  reserved_percentage: percent.default(0).describe('Share of the capacity that the scheduler must not use'),
  volume_backend_name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('Label of the backend; default: the section name'),
  num_volume_device_scan_tries: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('Rescans while waiting for a device on this host'),
  use_multipath_for_image_xfer: z
    .boolean()
    .default(false)
    .describe('Whether the service attaches with multipath'),
  volume_clear: z
    .enum(['none', 'zero', 'shred'])
    .default('zero')
    .describe(
      'What happens to the bytes of a deleted volume where its space will be used again: nothing, zeros (the fastest way that surely reads as zero), or three random passes and zeros. The next volume may show them with none',
    ),
  volume_clear_size: z
    .number()
    .int()
    .min(0)
    .max(2 ** 30)
    .default(0)
    .describe('MiB to wipe from the start of a deleted volume; 0 is the whole volume'),
  volume_clear_ionice: z
    .string()
    .regex(/^-c[0-3](\s?-n[0-7])?$/, 'an ionice class, such as -c3')
    .optional()
    .describe('I/O priority of the wipe, as ionice takes it'),
  volume_dd_blocksize: z
    .string()
    .regex(/^[1-9]\d*[KMG]?$/, 'a size such as 512K or 1M')
    .optional()
    .describe(
      'Size of the reads and writes of copies and wipes; more than 16M counts as 16M. Default: what is fastest for each',
    ),
  volume_copy_bps_limit: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('Most bytes per second that copies and wipes move, all of one device together; 0 is no limit'),
  max_over_subscription_ratio: z
    .number()
    .min(1)
    .default(20)
    .describe('Provisioned over physical capacity, thin pools'),
});

/** Every target helper there is (contract.md §8): a closed list, so that a typo is an error and not another helper (D9). */
export const targetHelperNames = ['tgtadm', 'iseradm', 'lioadm', 'ietadm', 'fake'] as const;

/** Options of the iSCSI transport (contract.md §1.1). */
export const iscsiOptionsSchema = z.object({
  iscsi_target_prefix: iqnPrefix
    .default('iqn.2010-10.org.openstack:')
    .describe('Prepended to the volume name'),
  iscsi_ip_address: z.string().min(1).default('127.0.0.1').describe('Portal address published to initiators'),
  iscsi_port: port.default(3260).describe('Portal port published to initiators'),
  iscsi_secondary_ip_addresses: z
    .array(z.string().min(1))
    .default([])
    .describe('Further portals of every target'),
  iscsi_num_targets: z.number().int().min(1).default(100).describe('Size of the target id pool (IET, LIO)'),
  iscsi_helper: z.enum(targetHelperNames).default('tgtadm').describe('Target helper'),
});

/** Options of the iSER transport (contract.md §1.2): each wins over its iSCSI counterpart (D7). */
export const iserOptionsSchema = z.object({
  num_iser_scan_tries: z
    .number()
    .int()
    .min(1)
    .max(20)
    .default(3)
    .describe('Rescans while waiting for a device'),
  iser_num_targets: z.number().int().min(1).default(100).describe('Size of the target id pool'),
  iser_target_prefix: iqnPrefix
    .default('iqn.2010-10.org.iser.openstack:')
    .describe('Prepended to the volume name'),
  iser_ip_address: z.string().min(1).default('127.0.0.1').describe('Portal address published to initiators'),
  iser_port: port.default(3260).describe('Portal port published to initiators'),
  iser_helper: z.enum(targetHelperNames).default('tgtadm').describe('Target helper'),
});

/** Options of the target helpers (contract.md §1.1). */
export const targetHelperOptionsSchema = z.object({
  volumes_dir: z
    .string()
    .startsWith('/')
    .optional()
    .describe("Persistence directory of the tgt helper; default: below the backend's state directory"),
  iscsi_write_cache: z.enum(['on', 'off']).default('on').describe('Write cache of exported LUNs (tgt)'),
  iscsi_target_flags: z
    .string()
    .regex(/^[a-z]+(:[a-z]+)*$/)
    .optional()
    .describe('bsoflags of exported LUNs (tgt), such as direct or sync'),
  iet_conf: z
    .string()
    .startsWith('/')
    .default('/etc/iet/ietd.conf')
    .describe('Configuration file that the IET helper edits'),
  iscsi_iotype: z.enum(['fileio', 'blockio', 'auto']).default('fileio').describe('IET backing mode'),
  lio_initiator_iqns: z.array(z.string()).default([]).describe('Initiators that LIO authorises beforehand'),
});

/** Options whose old name is still accepted, as the original did (contract.md §1.1). */
export const deprecatedOptionNames: Readonly<Record<string, string>> = {
  num_iscsi_scan_tries: 'num_volume_device_scan_tries',
};
