import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionInfo } from '@scoria/core/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { ownPorts } from '../../src/index.ts';
import { type FakePort, FcHostStandIn, HBAS } from '../fixtures/fcHost.ts';

const TARGETS = ['200002fc00000120', '200002fc00000220'] as const;

function ports(): FakePort[] {
  const luns = () => ({
    3: { serial: 'volume-3', sectors: 2048 },
    4: { serial: 'volume-4', sectors: 4096 },
  });
  return [
    { host: 0, wwpn: TARGETS[0], luns: luns() },
    { host: 1, wwpn: TARGETS[1], luns: luns() },
  ];
}

function info(change: Record<string, unknown> = {}, serial = 'volume-3'): ConnectionInfo {
  return {
    driver_volume_type: 'fibre_channel',
    data: {
      target_discovered: true,
      target_lun: 3,
      target_wwn: [...TARGETS],
      initiator_target_map: Object.fromEntries(HBAS.map((wwpn) => [wwpn, [...TARGETS]])),
      ...change,
    },
    identity: { type: 'serial', serial },
  };
}

describe('the Fibre Channel connector', () => {
  let host: FcHostStandIn;
  afterEach(() => host?.stop());

  it('says which ports of this host are online', async () => {
    host = new FcHostStandIn(ports());
    host.write('sys/class/fc_host/host1', { port_state: 'Linkdown' });
    expect(await host.connector().connectorProperties()).toMatchObject({
      wwpns: [HBAS[0]],
      wwnns: ['100002fc00000110'],
      initiator: null,
    });
    expect(await ownPorts(host.connector())).toEqual({ wwpns: [HBAS[0]], wwnns: ['100002fc00000110'] });
    host.write('sys/class/fc_host/host0', { port_state: 'Linkdown' });
    await expect(host.connector().connectorProperties()).rejects.toMatchObject({ code: 'NO_FC_HOSTS' });
    expect(await ownPorts(host.connector())).toEqual({});
    await expect(host.connector().connect(info())).rejects.toMatchObject({ code: 'NO_FC_HOSTS' });
  });

  it('scans for one LUN at one port, and hands out the disk that shows the serial', async () => {
    host = new FcHostStandIn(ports());
    const device = await host.connector().connect(info());
    expect(device).toMatchObject({
      connector: 'fibre-channel',
      path: join(host.root, 'dev/sda'),
      size: 1024 * 1024,
      handle: `fc ${TARGETS[0]}:3 ${TARGETS[1]}:3`,
    });
    expect(host.scans).toEqual(['0: 0 0 3']);
    expect(await host.connector().connect(info())).toEqual(device);
    expect(host.disks).toEqual(['sda']);
    expect(await host.connector().listAttached()).toEqual([
      { handle: device.handle, target: null, state: 'attached', device },
    ]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a single name', { target_wwn: '20:00:02:FC:00:00:02:20' }],
    ['a list of one', { target_wwn: [TARGETS[1]] }],
    ['plural keys', { target_wwn: TARGETS[0], target_wwns: [TARGETS[1]], target_luns: [3] }],
  ])('reads target_wwn as %s', async (_, change) => {
    host = new FcHostStandIn(ports());
    expect((await host.connector().connect(info(change))).handle).toBe(`fc ${TARGETS[1]}:3`);
    expect(host.scans).toEqual(['1: 0 1 3']);
  });

  it('refuses ports and LUNs that do not pair up', async () => {
    host = new FcHostStandIn(ports());
    await expect(
      host.connector().connect(info({ target_wwns: [...TARGETS, '5001'], target_luns: [3, 3] })),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('uses the ports of this host that the map names, and no other', async () => {
    host = new FcHostStandIn(ports());
    const map = { initiator_target_map: { [HBAS[1]]: [TARGETS[1]] } };
    expect((await host.connector().connect(info(map))).path).toBe(join(host.root, 'dev/sda'));
    expect(host.scans).toEqual(['1: 0 1 3']);
    const strange = info({ initiator_target_map: { '5001405ab0123456': [...TARGETS] } });
    await expect(
      host.connector().connect({ ...strange, identity: { type: 'serial', serial: 'x' } }),
    ).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
  });

  it('finds no port of this host in the map, or no target behind it', async () => {
    host = new FcHostStandIn(ports());
    await expect(
      host.connector().connect(info({ initiator_target_map: { '5001405ab0123456': [...TARGETS] } })),
    ).rejects.toMatchObject({ code: 'NO_FC_HOSTS' });
    await expect(
      host.connector().connect(info({ target_wwn: '5001405ab0123456', initiator_target_map: undefined })),
    ).rejects.toMatchObject({ code: 'VOLUME_DEVICE_NOT_FOUND' });
    expect([...host.scans, ...host.lips]).toEqual([]);
  });

  it('goes on to the other fabric when the first shows no such LUN, and never scans for all', async () => {
    const [first, second] = ports();
    if (!first || !second) throw new Error('there are two ports');
    delete first.luns[3];
    host = new FcHostStandIn([first, second]);
    await host.connector().connect(info());
    expect(host.scans).toEqual(['0: 0 0 3', '1: 0 1 3']);
    await expect(host.connector().connect(info({ target_lun: 9 }))).rejects.toMatchObject({
      code: 'NO_FC_DEVICE',
    });
    expect(host.scans.join()).not.toContain('-');
    expect(host.disks).toEqual(['sda']);
  });

  it('refuses a disk of another volume, and leaves none behind', async () => {
    host = new FcHostStandIn(ports());
    await expect(host.connector().connect(info({}, 'volume-9'))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
    expect(host.disks).toEqual([]);
  });

  it('refuses a disk that was here before as another volume, and does not touch it', async () => {
    const now = ports();
    host = new FcHostStandIn(now);
    const connector = host.connector();
    const device = await connector.connect(info());
    for (const port of now) port.luns[3] = { serial: 'volume-5', sectors: 2048 };
    await expect(connector.connect(info({}, 'volume-5'))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
    const extended = () =>
      connector.extend(device).then(
        () => 'extended',
        (error) => error.code,
      );
    // The stand-in kernel answers a rescan a moment later; the real one answers within the write.
    await expect.poll(extended).toBe('DEVICE_UNAVAILABLE');
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    expect(host.disks).toEqual(['sda']);
  });

  it('takes over a new size', async () => {
    const now = ports();
    host = new FcHostStandIn(now);
    const connector = host.connector();
    const device = await connector.connect(info());
    for (const port of now) port.luns[3] = { serial: 'volume-3', sectors: 8192 };
    await expect.poll(async () => (await connector.extend(device)).size).toBe(4 * 1024 * 1024);
  });

  it('flushes before it deletes, and without force stops when that fails', async () => {
    host = new FcHostStandIn(ports());
    const connector = host.connector();
    const device = await connector.connect(info());
    // blockdev cannot flush a plain file, which is what a disk is here: force goes past that and says so.
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(host.disks).toEqual(['sda']);
    expect(await connector.disconnect(device, { force: true })).toMatchObject({
      wasAttached: true,
      flushed: false,
    });
    expect(host.disks).toEqual([]);
    expect(await connector.disconnect(info())).toMatchObject({ wasAttached: false, flushed: true });
  });

  it('refuses to detach a disk that something stands on', async () => {
    host = new FcHostStandIn(ports());
    const device = await host.connector().connect(info());
    mkdirSync(join(host.root, 'sys/block/sda/holders/dm-0'));
    await expect(host.connector().disconnect(device)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
  });

  it('logs in again where a port was no target at login, forgotten first', async () => {
    const [first, second] = ports();
    if (!first || !second) throw new Error('there are two ports');
    host = new FcHostStandIn([{ ...first, isTarget: false }]);
    expect((await host.connector().connect(info())).path).toBe(join(host.root, 'dev/sda'));
    expect(host.lips).toEqual([0]);
  });

  it('does not take the link from a port that has disks', async () => {
    const [first] = ports();
    if (!first) throw new Error('there is a port');
    const late: FakePort = { host: 0, wwpn: '5001405ab0123456', luns: first.luns, isTarget: false };
    host = new FcHostStandIn([first, late]);
    await host.connector().connect(info());
    await expect(
      host.connector().connect(info({ target_wwn: late.wwpn, initiator_target_map: undefined })),
    ).rejects.toMatchObject({
      code: 'VOLUME_DEVICE_NOT_FOUND',
      message: expect.stringContaining('issue_lip'),
    });
    expect(host.lips).toEqual([]);
  });
});
