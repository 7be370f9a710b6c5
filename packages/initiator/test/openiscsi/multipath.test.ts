import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionInfo, Secret } from '@scoria/core/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeTarget, OpenIscsiHost } from '../fixtures/openIscsiHost.ts';

const IQN = 'iqn.2010-10.org.openstack:volume-1';
const PORTALS = ['10.0.0.1:3260', '10.0.1.1:3260'];
const NAA = '6001405aaaabbbbccccddddeeeeffff0';

function targets(change: Partial<{ serial: string; naa: string; sectors: number }>[] = []): FakeTarget[] {
  return PORTALS.map((portal, index) => ({
    portal,
    iqn: IQN,
    password: 'secret-of-both',
    luns: { 1: { serial: 'volume-1', naa: NAA, sectors: 2048, ...change[index] } },
  }));
}

const info: ConnectionInfo = {
  driver_volume_type: 'iscsi',
  data: {
    target_discovered: false,
    target_portal: PORTALS[0] ?? '',
    target_iqn: IQN,
    target_lun: 1,
    target_portals: PORTALS,
    target_iqns: [IQN, IQN],
    target_luns: [1, 1],
    auth_method: 'CHAP',
    auth_username: 'user',
    auth_password: new Secret('secret-of-both'),
  },
  identity: { type: 'serial', serial: 'volume-1' },
};

describe('the open-iscsi connector with multipath', () => {
  let host: OpenIscsiHost;
  afterEach(() => host?.stop());
  const nothingLeft = (): void =>
    expect([
      ...host.disks,
      ...host.maps,
      ...host.nodes,
      ...host.sessions,
      ...host.records,
      ...host.wwids,
    ]).toEqual([]);
  const stand = (made = targets(), options = {}) => {
    host = new OpenIscsiHost(made, options);
    return host.connector({ multipath: true });
  };

  it('attaches by all portals and hands out the map of the WWID; detaches map, paths, sessions', async () => {
    const connector = stand();
    expect(await connector.connectorProperties()).toMatchObject({ multipath: true });
    const device = await connector.connect(info);
    expect(device).toMatchObject({ path: join(host.root, `dev/mapper/3${NAA}`), size: 1024 * 1024 });
    expect([host.disks.length, host.maps.length, host.sessions.length]).toEqual([2, 1, 2]);
    expect(await connector.listAttached()).toMatchObject([{ state: 'attached', device }]);
    expect(await connector.connect(info)).toEqual(device);
    // Flushing a plain file fails: without force that ends it, before anything is lost.
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect([host.disks.length, host.maps.length]).toEqual([2, 1]);
    expect(await connector.disconnect(device, { force: true })).toMatchObject({ flushed: false });
    nothingLeft();
    const order = host.calls.split('\n').filter((call) => /-f |--logout|-w /.test(call));
    expect(order.map((call) => /-f|--logout|-w/.exec(call)?.[0])).toEqual([
      '-f',
      '-w',
      '--logout',
      '--logout',
    ]);
  });

  it('takes over a new size on every path and on the map; not while a path has the old one', async () => {
    const now = targets();
    const connector = stand(now);
    const device = await connector.connect(info);
    const grow = (index: number) => {
      const lun = now[index]?.luns[1];
      if (lun !== undefined) lun.sectors = 8192;
    };
    grow(0);
    const extended = () =>
      connector.extend(device, { deadlineMs: 5_000 }).then(
        ({ size }) => size,
        (error) => error.code,
      );
    await expect.poll(extended, { timeout: 50_000 }).toBe('BACKEND_UNAVAILABLE');
    grow(1);
    await expect.poll(extended, { timeout: 50_000 }).toBe(4 * 1024 * 1024);
  }, 120_000);

  it('does without a portal that is silent, and takes it in when it is asked again', async () => {
    const [one, two] = targets();
    if (one === undefined || two === undefined) throw new Error('there are two');
    const connector = stand([one]);
    const device = await connector.connect(info);
    expect(host.disks).toHaveLength(1);
    host.addTarget(two);
    expect(await connector.connect(info)).toEqual(device);
    expect(host.disks).toHaveLength(2);
    await connector.disconnect(device, { force: true });
    nothingLeft();
  });

  it.each([
    { what: 'a portal that shows another volume', made: targets([{}, { serial: 'volume-9' }]) },
    { what: 'paths of different WWIDs', made: targets([{}, { naa: '6001405aaaabbbbccccddddeeeeffff1' }]) },
  ])('refuses $what, and leaves nothing', async ({ made }) => {
    await expect(stand(made).connect(info)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    nothingLeft();
  });

  it('refuses a map of another WWID', async () => {
    const connector = stand(targets(), { wrongMap: '3600000000000000000000000000000000' });
    await expect(connector.connect(info)).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringContaining("another volume's"),
    });
    nothingLeft();
  });

  it('leaves the disk that somebody else brought when there is no map to be had', async () => {
    const connector = stand(targets(), { wrongMap: '3600000000000000000000000000000000' });
    const others = { stateDirectory: join(host.root, 'others-state'), multipath: false };
    await host.connector(others).connect(info);
    await expect(connector.connect(info)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    expect(host.disks).toEqual(['sda']);
    expect(host.sessions).toHaveLength(1);
  });

  it('keeps a path out of the map of another volume that shows the same WWID, and does that map no harm', async () => {
    const others = 'iqn.2010-10.org.openstack:volume-9';
    const made = [
      ...targets(),
      ...targets([{ serial: 'volume-9' }, { serial: 'volume-9' }]).map((each) => ({ ...each, iqn: others })),
    ];
    const connector = stand(made);
    const data = { ...info.data, target_iqn: others, target_iqns: [others, others] };
    const other = { ...info, data, identity: { type: 'serial', serial: 'volume-9' } } as ConnectionInfo;
    const device = await connector.connect(other);
    await expect(connector.connect(info)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    expect([host.disks.length, host.maps.length, host.sessions.length]).toEqual([2, 1, 2]);
    expect(host.calls).not.toMatch(/add path sd[cd]/);
    await connector.disconnect(device, { force: true });
    nothingLeft();
  });

  it('says so when multipathd does not run', async () => {
    await expect(stand(targets(), { multipathd: false }).connect(info)).rejects.toMatchObject({
      code: 'TOOL_MISSING',
    });
    nothingLeft();
  });

  it('refuses to detach a map that something stands on; by force says what is left', async () => {
    const connector = stand();
    const device = await connector.connect(info);
    mkdirSync(join(host.root, 'sys/block/dm-0/holders/dm-1'));
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    expect(host.disks).toHaveLength(2);
    expect(await connector.listAttached()).toMatchObject([{ state: 'attached' }]);
  });
});
