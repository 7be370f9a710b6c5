import { isContractError, Secret, type Volume } from '@scoria/core/contract';
import { temporaryDirectory } from '@scoria-test/support';
import { describe, expect, it } from 'vitest';
import { type Backend, startBackend, volumeOf } from './fixtures/backend.ts';

const HOST = { initiator: 'iqn.1993-08.org.debian:01:host-a', host: 'a', ip: '10.0.0.1' };

async function exported({ client }: Backend, index: number): Promise<Volume> {
  const volume = volumeOf(index);
  await client.createVolume({ volume });
  const { update } = await client.createExport({ volume });
  return { ...volume, ...update } as Volume;
}

describe('the options of iSER', () => {
  it('win over those of iSCSI, in the driver and in its helper', async () => {
    await using directory = await temporaryDirectory('scoria-iser-');
    await using backend = await startBackend(directory.path, {
      iser_helper: 'lioadm',
      iser_target_prefix: 'iqn.2026-01.test.rdma:',
      iser_ip_address: '192.0.2.8',
      iser_port: 3262,
      iser_num_targets: 7,
      iscsi_target_prefix: 'iqn.2026-01.test.tcp:',
      iscsi_ip_address: '192.0.2.9',
      iscsi_secondary_ip_addresses: ['2001:db8::8'],
      iscsi_port: 3261,
      iscsi_num_targets: 3,
    });
    const volume = await exported(backend, 1);
    const iqn = `iqn.2026-01.test.rdma:${volume.name}`;
    // The LUN is the helper's own (D17).
    expect(volume.providerLocation).toBe(`192.0.2.8:3262;[2001:db8::8]:3262,1 ${iqn} 1`);
    const { connectionInfo } = await backend.client.initializeConnection({ volume, connector: HOST });
    expect(connectionInfo).toEqual({
      driver_volume_type: 'iser',
      identity: { type: 'serial', serial: volume.id },
      data: {
        target_discovered: false,
        target_portal: '192.0.2.8:3262',
        target_iqn: iqn,
        target_lun: 1,
        target_portals: ['192.0.2.8:3262', '[2001:db8::8]:3262'],
        target_iqns: [iqn, iqn],
        target_luns: [1, 1],
        volume_id: volume.id,
        auth_method: 'CHAP',
        auth_username: expect.stringMatching(/^[2-9A-HJ-NP-Za-km-z]{20}$/),
        auth_password: expect.any(Secret),
        encrypted: false,
        access_mode: 'rw',
      },
    });
    // One name for the target, whoever looks for it (D8); one port (D7).
    expect(backend.logs.find(({ msg }) => msg === 'helper made')?.['options']).toEqual({
      iscsi_target_prefix: 'iqn.2026-01.test.rdma:',
      iscsi_ip_address: '192.0.2.8',
      iscsi_port: 3262,
      iscsi_num_targets: 7,
    });
    expect(backend.logs.filter(({ option }) => option !== undefined)).toEqual([]);
    expect((await backend.client.getVolumeStats({})).storageProtocol).toBe('iSER');
  });

  it('win by their defaults, too, and say so', async () => {
    await using directory = await temporaryDirectory('scoria-iser-');
    await using backend = await startBackend(directory.path, {
      iser_helper: 'fake',
      iscsi_ip_address: '192.0.2.9',
      iscsi_port: 3261,
      iser_port: 3262,
    });
    const volume = await exported(backend, 1);
    expect(volume.providerLocation).toBe(`127.0.0.1:3262,1 iqn.2010-10.org.iser.openstack:${volume.name} 0`);
    expect(backend.logs.flatMap(({ option, msg }) => (option === undefined ? [] : [msg]))).toEqual([
      '"iscsi_ip_address" has no effect on iSER: write "iser_ip_address"',
    ]);
  });

  it('bound the targets that there are at once', async () => {
    await using directory = await temporaryDirectory('scoria-iser-');
    await using backend = await startBackend(directory.path, { iser_helper: 'fake', iser_num_targets: 2 });
    const volumes = [1, 2, 3, 4, 5].map(volumeOf);
    await Promise.all(volumes.map((volume) => backend.client.createVolume({ volume })));
    const results = await Promise.allSettled(
      volumes.map((volume) => backend.client.createExport({ volume })),
    );
    const refused = results.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toHaveLength(3);
    for (const error of refused)
      expect(isContractError(error) && [error.code, error.details['option']]).toEqual([
        'NO_MORE_TARGETS',
        'iser_num_targets',
      ]);
    const made = volumes.filter((_, index) => results[index]?.status === 'fulfilled');
    const [first, second] = [made[0], volumes.find((each) => !made.includes(each))];
    if (!first || !second) throw new Error('there should be both');
    // What is there is not counted again, and what is removed makes room.
    await backend.client.createExport({ volume: first });
    await backend.client.removeExport({ volume: first });
    await backend.client.createExport({ volume: second });
    await expect(backend.client.createExport({ volume: first })).rejects.toMatchObject({
      code: 'NO_MORE_TARGETS',
    });
  });
});

it.each([
  ['an unknown helper', { iser_helper: 'tgtadmin' }, /iser_helper.*tgtadm.*iseradm.*lioadm.*ietadm.*fake/s],
  [
    'a helper that is not installed',
    { iser_helper: 'iseradm' },
    /"iseradm" is not installed \(fake, lioadm, ietadm are\)/,
  ],
  ['a helper without iSER', { iser_helper: 'ietadm' }, /speaks iscsi, not iser/],
  ['a prefix that is no IQN', { iser_helper: 'fake', iser_target_prefix: 'volumes:' }, /iser_target_prefix/],
  ['a port out of range', { iser_helper: 'fake', iser_port: 70_000 }, /iser_port/],
])('%s is refused', async (_, options, why) => {
  await using directory = await temporaryDirectory('scoria-iser-');
  await expect(startBackend(directory.path, options)).rejects.toThrow(why);
});
