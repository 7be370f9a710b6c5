import type { Connector } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { colonWwn, fibreChannelConnection, plainWwn, requireWwpns } from '../src/index.ts';

const wwpn = '200002fc00000110';
const connector = (over: Partial<Connector> = {}): Connector => ({
  wwpns: ['20:00:02:FC:00:00:01:10'],
  wwnns: ['100002fc00000110'],
  ...over,
});

describe('world-wide names', () => {
  it('are one name, however they are written', () => {
    expect(plainWwn('20:00:02:FC:00:00:01:10')).toBe(wwpn);
    expect(colonWwn('200002FC00000110')).toBe('20:00:02:fc:00:00:01:10');
    expect(colonWwn(colonWwn(wwpn))).toBe(colonWwn(wwpn));
  });

  it('of an initiator are plain, each once, sorted', () => {
    const wwpns = ['21:00:00:00:00:00:00:01', '20:00:02:fc:00:00:01:10', wwpn.toUpperCase()];
    expect(requireWwpns(connector({ wwpns }))).toEqual([wwpn, '2100000000000001']);
  });

  it.each<[string, Connector, Record<string, string>]>([
    ['no wwpns', { wwnns: [wwpn] }, { missing: 'wwpns' }],
    ['no wwnns', { wwpns: [wwpn] }, { missing: 'wwnns' }],
    ['null', connector({ wwpns: null }), { missing: 'wwpns' }],
    ['an empty list', connector({ wwnns: [] }), { missing: 'wwnns' }],
    ['what is no name', connector({ wwpns: [wwpn, '0x200002fc00000110'] }), { invalid: 'wwpns' }],
    ['an empty name', connector({ wwnns: [''] }), { invalid: 'wwnns' }],
  ])('are needed: %s is refused (D35)', (_, wrong, details) => {
    expect(() => requireWwpns(wrong)).toThrow(
      expect.objectContaining({ code: 'INVALID_CONNECTOR', details }),
    );
  });
});

describe('a Fibre Channel connection', () => {
  const base = {
    volume: { id: 'volume-id', encryptionKeyId: null },
    lun: 7,
    readOnly: false,
    serial: 'volume-id',
    zoned: [wwpn],
  };

  it('of one port names it alone', () => {
    expect(fibreChannelConnection({ ...base, ports: ['5001'] })).toEqual({
      driver_volume_type: 'fibre_channel',
      data: {
        target_discovered: true,
        target_lun: 7,
        target_wwn: '5001',
        volume_id: 'volume-id',
        access_mode: 'rw',
        encrypted: false,
        initiator_target_map: { [wwpn]: ['5001'] },
      },
      identity: { type: 'serial', serial: 'volume-id' },
    });
  });

  it('of several ports lists them, with the LUN of each', () => {
    const { data } = fibreChannelConnection({ ...base, ports: ['5001', '5002'], readOnly: true });
    expect(data).toMatchObject({
      target_wwn: ['5001', '5002'],
      target_wwns: ['5001', '5002'],
      target_luns: [7, 7],
      access_mode: 'ro',
      initiator_target_map: { [wwpn]: ['5001', '5002'] },
    });
  });

  it('without zones has no map', () => {
    expect(fibreChannelConnection({ ...base, ports: ['5001'], zoned: [] }).data).not.toHaveProperty(
      'initiator_target_map',
    );
  });
});
