import { ContractError, type ErrorCode, Secret } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { connectionProperties, requireInitiator } from '../src/index.ts';

const volume = { id: '6f2c0a52-8f9d-4b8e-9d2e-0a1b2c3d4e5f', encryptionKeyId: null, providerGeometry: null };
const location = { portals: [{ address: '10.0.0.1', port: 3260 }], tid: 1, iqn: 'iqn.x', lun: 3 };
const input = { volume, location, discovered: false, defaultLun: 1, chap: null, readOnly: false };

describe('connectionProperties', () => {
  it('has exactly the keys that apply', () => {
    expect(connectionProperties(input)).toEqual({
      target_discovered: false,
      target_portal: '10.0.0.1:3260',
      target_iqn: 'iqn.x',
      target_lun: 3,
      volume_id: volume.id,
      encrypted: false,
      access_mode: 'rw',
    });
  });

  it('takes the default LUN of the helper when the location has none', () => {
    expect(connectionProperties({ ...input, location: { ...location, lun: null } }).target_lun).toBe(1);
    expect(
      connectionProperties({ ...input, defaultLun: 0, location: { ...location, lun: null } }).target_lun,
    ).toBe(0);
    expect(connectionProperties({ ...input, location: { ...location, lun: 0 } }).target_lun).toBe(0);
  });

  it('adds credentials, geometry, encryption and read-only when they are there', () => {
    const password = new Secret('p');
    expect(
      connectionProperties({
        ...input,
        volume: { ...volume, encryptionKeyId: 'key', providerGeometry: '4096 512' },
        chap: { username: 'u', password },
        readOnly: true,
        discovered: true,
      }),
    ).toMatchObject({
      target_discovered: true,
      auth_method: 'CHAP',
      auth_username: 'u',
      auth_password: password,
      physical_block_size: '4096',
      logical_block_size: '512',
      encrypted: true,
      access_mode: 'ro',
    });
  });

  it('names every portal beside the first', () => {
    const portals = [...location.portals, { address: 'fd00::1', port: 3261 }];
    expect(connectionProperties({ ...input, location: { ...location, portals } })).toMatchObject({
      target_portal: '10.0.0.1:3260',
      target_portals: ['10.0.0.1:3260', '[fd00::1]:3261'],
      target_iqns: ['iqn.x', 'iqn.x'],
      target_luns: [3, 3],
    });
  });

  it('names the only portal in lists too for a host that says multipath', () => {
    const { portals } = location;
    expect(connectionProperties({ ...input, multipath: true })).toMatchObject({
      target_portals: ['10.0.0.1:3260'],
      target_iqns: ['iqn.x'],
      target_luns: [3],
    });
    expect(portals).toHaveLength(1);
    expect(connectionProperties({ ...input, multipath: false })).not.toHaveProperty('target_portals');
  });
});

describe('requireInitiator', () => {
  it('gives the IQN', () => {
    expect(requireInitiator({ initiator: 'iqn.1993-08.org.debian:01:abc' })).toBe(
      'iqn.1993-08.org.debian:01:abc',
    );
    expect(requireInitiator({ initiator: 'eui.02004567A425678D' })).toBe('eui.02004567A425678D');
  });

  it.each([
    {},
    { initiator: null },
    { initiator: '' },
    { initiator: ' ' },
    { initiator: 'host' },
    { initiator: 'iqn.x,ALL' },
  ])('refuses %j', (connector) => {
    const code: ErrorCode = 'INVALID_CONNECTOR';
    expect(() => requireInitiator(connector)).toThrow(expect.objectContaining({ code }));
    expect(() => requireInitiator(connector)).toThrow(ContractError);
  });
});
