import {
  backendOptionsSchema,
  deprecatedOptionNames,
  iscsiOptionsSchema,
  iserOptionsSchema,
  targetHelperOptionsSchema,
} from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const all = z.object({
  ...backendOptionsSchema.shape,
  ...iscsiOptionsSchema.shape,
  ...iserOptionsSchema.shape,
  ...targetHelperOptionsSchema.shape,
});

/**
 * contract.md §1.1 and §1.2, option by option: type and default. Deliberate deviations are marked with their reason.
 */
const documented: Record<
  string,
  readonly [type: 'string' | 'number' | 'boolean' | 'object', value: unknown]
> = {
  num_shell_tries: ['number', 3],
  reserved_percentage: ['number', 0],
  iscsi_num_targets: ['number', 100],
  iscsi_target_prefix: ['string', 'iqn.2010-10.org.openstack:'],
  // Deviation: the original published `my_ip`, a guess at the host's address; loopback exposes nothing by default.
  iscsi_ip_address: ['string', '127.0.0.1'],
  iscsi_port: ['number', 3260],
  num_volume_device_scan_tries: ['number', 3],
  volume_backend_name: ['string', undefined],
  use_multipath_for_image_xfer: ['boolean', false],
  volume_clear: ['string', 'zero'],
  volume_clear_size: ['number', 0],
  volume_clear_ionice: ['string', undefined],
  iscsi_helper: ['string', 'tgtadm'],
  // Deviation: `<state_path>/volumes` is below the backend's own state directory, which only the process knows.
  volumes_dir: ['string', undefined],
  iet_conf: ['string', '/etc/iet/ietd.conf'],
  // Deviation: a list, where the original had one text with commas.
  lio_initiator_iqns: ['object', []],
  iscsi_iotype: ['string', 'fileio'],
  // Deviation: dd's 1M is not what is fastest for every copy and wipe.
  volume_dd_blocksize: ['string', undefined],
  num_iser_scan_tries: ['number', 3],
  iser_num_targets: ['number', 100],
  iser_target_prefix: ['string', 'iqn.2010-10.org.iser.openstack:'],
  iser_ip_address: ['string', '127.0.0.1'],
  iser_port: ['number', 3260],
  iser_helper: ['string', 'tgtadm'],
};

/** Options of later releases that were taken over (contract.md §15, targets.md §1.1). */
const adopted = [
  'iscsi_secondary_ip_addresses',
  'iscsi_target_flags',
  'iscsi_write_cache',
  'max_over_subscription_ratio',
  'volume_copy_bps_limit',
];

const valid: Record<string, unknown> = {
  volume_backend_name: 'gold',
  volume_clear_ionice: '-c3',
  volume_dd_blocksize: '512K',
  volumes_dir: '/var/lib/volumes',
};

const typeName = (value: unknown): string => typeof value;

describe('options', () => {
  it('has every option of contract.md §1.1 and §1.2 and no unaccounted one', () => {
    expect(Object.keys(all.shape).sort()).toEqual([...Object.keys(documented), ...adopted].sort());
  });

  it.each(Object.entries(documented))(
    '%s has the type and the default of the document',
    (name, [type, value]) => {
      const defaults: Record<string, unknown> = all.parse({});
      expect(defaults[name]).toEqual(value);
      const written: Record<string, unknown> = all.parse({ [name]: value ?? valid[name] });
      expect(typeName(written[name])).toBe(type);
      const wrong = type === 'object' ? 'text' : type === 'string' ? 1 : 'text';
      expect(all.safeParse({ [name]: wrong }).success).toBe(false);
    },
  );

  it.each(Object.keys(all.shape))('%s is described', (name) => {
    const field = Object.entries(all.shape).find(([key]) => key === name)?.[1];
    expect(field?.description).toMatch(/\S/);
  });

  it.each([
    ['num_shell_tries', 0],
    ['num_shell_tries', 1.5],
    ['reserved_percentage', 101],
    ['reserved_percentage', -1],
    ['iscsi_port', 0],
    ['iscsi_port', 65_536],
    ['iscsi_target_prefix', 'volumes'],
    ['iscsi_target_prefix', 'iqn.2010-10.org.openstack'],
    ['iscsi_helper', 'tgtdam'],
    ['iser_helper', ''],
    ['volume_clear', 'scrub'],
    ['volume_clear_ionice', '-c3; reboot'],
    ['volume_dd_blocksize', '1MB'],
    ['volume_dd_blocksize', '0'],
    ['iscsi_iotype', 'blockIO'],
    ['iscsi_target_flags', 'direct; --force'],
    ['volumes_dir', 'relative/dir'],
    ['max_over_subscription_ratio', 0.5],
  ])('refuses %s = %j, which the original took (D9)', (name, value) => {
    expect(all.safeParse({ [name]: value }).error?.issues[0]?.path).toEqual([name]);
  });

  it('accepts the old name that the original accepted', () => {
    expect(deprecatedOptionNames).toEqual({ num_iscsi_scan_tries: 'num_volume_device_scan_tries' });
    for (const current of Object.values(deprecatedOptionNames)) expect(all.shape).toHaveProperty(current);
    for (const old of Object.keys(deprecatedOptionNames)) expect(all.shape).not.toHaveProperty(old);
  });
});
