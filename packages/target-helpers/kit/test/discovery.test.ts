import { createLogger } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { discoverTarget, matchDiscovery } from '../src/index.ts';

const PREFIX = 'iqn.2010-10.org.openstack:';
const portals = [{ address: '10.0.0.1', port: 3260 }];
const output = [
  `10.0.0.10:3260,1 ${PREFIX}volume-1`,
  `10.0.0.1:3260,1 ${PREFIX}volume-10`,
  `10.0.0.1:32600,1 ${PREFIX}volume-1`,
  `iscsiadm: a remark about volume-1 at 10.0.0.1`,
  `10.0.0.1:3260,7 ${PREFIX}volume-1`,
  '',
].join('\n');

describe('matchDiscovery', () => {
  it('compares whole fields: neither 10.0.0.10, nor volume-10, nor another port', () => {
    expect(matchDiscovery(output, { iqn: `${PREFIX}volume-1`, portals })).toEqual({
      portals,
      tid: 7,
      iqn: `${PREFIX}volume-1`,
      lun: null,
    });
    expect(matchDiscovery(output, { iqn: `${PREFIX}volume`, portals })).toBeNull();
    expect(
      matchDiscovery(output, { iqn: `${PREFIX}volume-1`, portals: [{ address: '10.0.0.11', port: 3260 }] }),
    ).toBeNull();
    expect(matchDiscovery('', { iqn: `${PREFIX}volume-1`, portals })).toBeNull();
  });

  it('collects every portal of ours', () => {
    const both = `10.0.0.1:3260,1 ${PREFIX}v\n[fd00::1]:3260,1 ${PREFIX}v`;
    const ours = [...portals, { address: 'fd00::1', port: 3260 }];
    expect(matchDiscovery(both, { iqn: `${PREFIX}v`, portals: ours })?.portals).toEqual(ours);
  });
});

describe('discoverTarget', () => {
  const log = createLogger({ name: 'test', level: 'silent' });
  it.each(['', '-v@b', 'a b@b', '$(id)@b'])('asks nobody for the host %j', async (host) => {
    expect(await discoverTarget({ host, iqn: `${PREFIX}v`, portals, log })).toBeNull();
  });

  it('answers nothing when the host cannot be asked, and says so in the log', async () => {
    const lines: string[] = [];
    const loud = createLogger({ name: 'test', stream: { write: (line) => void lines.push(line) } });
    expect(await discoverTarget({ host: '127.0.0.1@b', iqn: `${PREFIX}v`, portals, log: loud })).toBeNull();
    expect(lines.join('')).toContain('the discovery failed');
  }, 40_000);
});
