import type { Connector } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { connector, volume } from '../support/objects.ts';

async function connect(section: Parameters<typeof openInProcess>[0]) {
  const driver = await openInProcess(section);
  const one = volume({ id: '4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e' });
  await driver.createVolume({ volume: one });
  const { update } = await driver.createExport({ volume: one });
  const { connectionInfo } = await driver.initializeConnection({ volume: one, connector: connector() });
  return { driver, one, update, connectionInfo };
}

describe('iscsi', () => {
  it('has the strings and properties of a real one', async () => {
    const { update, connectionInfo } = await connect({ iscsi_ip_address: '192.0.2.9', iscsi_port: 3261 });
    const iqn = 'iqn.2010-10.org.openstack:volume-4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e';
    expect(update).toEqual({ providerLocation: `192.0.2.9:3261,1 ${iqn} 1`, providerGeometry: '512 512' });
    expect(connectionInfo).toMatchObject({
      driver_volume_type: 'iscsi',
      data: {
        target_discovered: false,
        target_portal: '192.0.2.9:3261',
        target_iqn: iqn,
        target_lun: 1,
        auth_method: 'CHAP',
        access_mode: 'rw',
        encrypted: false,
      },
      identity: { type: 'serial', serial: '4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e' },
    });
    expect(connectionInfo.data).not.toHaveProperty('target_portals');
  });

  it('has the lists for a host that says multipath', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    const { connectionInfo } = await driver.initializeConnection({
      volume: one,
      connector: { ...connector(), multipath: true },
    });
    expect(connectionInfo.data).toMatchObject({ target_portals: [expect.any(String)], target_luns: [1] });
  });

  it('has the lists of several portals, and brackets around IPv6', async () => {
    const { update, connectionInfo } = await connect({
      iscsi_ip_address: '2001:db8::1',
      iscsi_secondary_ip_addresses: ['192.0.2.10'],
    });
    expect(update.providerLocation).toMatch(/^\[2001:db8::1\]:3260;192\.0\.2\.10:3260,1 /);
    expect(connectionInfo.data).toMatchObject({
      target_portal: '[2001:db8::1]:3260',
      target_portals: ['[2001:db8::1]:3260', '192.0.2.10:3260'],
      target_luns: [1, 1],
    });
  });
});

describe('iser', () => {
  it('takes its own options, not those of iSCSI (D7, D8)', async () => {
    const { driver, connectionInfo } = await connect({
      fake_protocol: 'iser',
      iser_ip_address: '192.0.2.8',
      iser_port: 3262,
    });
    expect(connectionInfo).toMatchObject({
      driver_volume_type: 'iser',
      data: {
        target_portal: '192.0.2.8:3262',
        target_iqn: expect.stringMatching(/^iqn\.2010-10\.org\.iser\.openstack:volume-/),
      },
    });
    expect((await driver.getVolumeStats({})).storageProtocol).toBe('iSER');
  });
});

describe('fibre channel', () => {
  it('maps the initiator to its targets, and unmaps with its last volume', async () => {
    const { driver, one, connectionInfo } = await connect({ fake_protocol: 'fibre_channel' });
    expect(connectionInfo).toMatchObject({
      driver_volume_type: 'fibre_channel',
      data: {
        target_lun: 1,
        target_wwn: [expect.stringMatching(/^5[0-9a-f]{15}$/), expect.stringMatching(/^5[0-9a-f]{15}$/)],
        initiator_target_map: { '5001405ab0123453': expect.any(Array) },
      },
      identity: { type: 'serial', serial: one.id },
    });
    const two = volume();
    await driver.createVolume({ volume: two });
    await driver.createExport({ volume: two });
    await driver.initializeConnection({ volume: two, connector: connector() });
    const revoke = async (each: typeof one) =>
      (await driver.terminateConnection({ volume: each, connector: connector() })).connectionInfo?.data;
    expect(await revoke(one)).toBeUndefined();
    expect(await revoke(two)).toHaveProperty('initiator_target_map');
    expect(await revoke(two)).toBeUndefined();
    expect((await driver.getVolumeStats({})).storageProtocol).toBe('FC');
  });

  it('gives each export a LUN of its own', async () => {
    const { driver } = await connect({ fake_protocol: 'fibre_channel' });
    const two = volume();
    await driver.createVolume({ volume: two });
    await driver.createExport({ volume: two });
    const { connectionInfo } = await driver.initializeConnection({ volume: two, connector: connector() });
    expect(connectionInfo.data).toMatchObject({ target_lun: 2 });
  });
});

describe('local', () => {
  it('needs data files', async () => {
    await expect(openInProcess({ fake_protocol: 'local' })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
    });
  });
});

const incomplete: readonly (readonly ['iscsi' | 'iser' | 'fibre_channel', string, Connector])[] = [
  ['iscsi', 'no initiator', { host: 'one' }],
  ['iscsi', 'initiator null (D36)', { initiator: null }],
  ['iscsi', 'an empty initiator', { initiator: '' }],
  ['iser', 'a malformed initiator', { initiator: 'host one' }],
  ['fibre_channel', 'no WWPNs (D35)', { wwnns: ['200140 5ab0123450'] }],
  ['fibre_channel', 'no WWNNs', { wwpns: ['5001405ab0123450'] }],
  ['fibre_channel', 'empty lists', { wwpns: [], wwnns: [] }],
  ['fibre_channel', 'a malformed WWPN', { wwpns: ['xyz'], wwnns: ['2001405ab0123450'] }],
];

describe('connectors', () => {
  it.each(incomplete)('%s refuses %s at once', async (fake_protocol, _, wrong) => {
    const driver = await openInProcess({ fake_protocol });
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    const refused = { code: 'INVALID_CONNECTOR' };
    await expect(driver.validateConnector({ connector: wrong })).rejects.toMatchObject(refused);
    await expect(driver.initializeConnection({ volume: one, connector: wrong })).rejects.toMatchObject(
      refused,
    );
    expect((await driver.listOwned({})).objects.some(({ kind }) => kind === 'access')).toBe(false);
  });
});
