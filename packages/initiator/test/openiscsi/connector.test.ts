import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionInfo, Secret } from '@scoria/core/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeTarget, OpenIscsiHost } from '../fixtures/openIscsiHost.ts';

const IQN = 'iqn.2010-10.org.openstack:volume-1';
const PORTAL = '10.0.0.1:3260';
const SECOND = '10.0.0.10:3260';
const SECRET = 'canary-open-iscsi-secret';

function target(change: Partial<FakeTarget> = {}): FakeTarget {
  return {
    portal: PORTAL,
    iqn: IQN,
    password: SECRET,
    luns: { 1: { serial: 'volume-1', sectors: 2048 }, 2: { serial: 'volume-2', sectors: 4096 } },
    ...change,
  };
}

function info(change: Record<string, unknown> = {}, serial = 'volume-1'): ConnectionInfo {
  return {
    driver_volume_type: 'iscsi',
    data: {
      target_discovered: false,
      target_portal: PORTAL,
      target_iqn: IQN,
      target_lun: 1,
      auth_method: 'CHAP',
      auth_username: 'user',
      auth_password: new Secret(SECRET),
      ...change,
    },
    identity: { type: 'serial', serial },
  };
}

describe('the open-iscsi connector', () => {
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

  it('logs in with manual scanning, scans for one LUN and hands out the disk that shows the serial', async () => {
    host = new OpenIscsiHost([target()]);
    const connector = host.connector();
    expect(await connector.connectorProperties()).toMatchObject({
      initiator: 'iqn.1993-08.org.debian:01:abc',
      multipath: false,
    });
    const device = await connector.connect(info());
    expect(device).toMatchObject({ path: join(host.root, 'dev/sda'), type: 'block', size: 1024 * 1024 });
    expect(host.scans).toEqual(['0 0 1']);
    expect(host.disks).toEqual(['sda']);
    const { text, mode } = host.nodeRecord(IQN, PORTAL);
    expect(text).toContain('node.session.scan = manual');
    expect(text).toContain('node.startup = manual');
    expect(text).not.toContain('node.startup = automatic');
    expect(text).toContain(`node.session.auth.password = ${SECRET}`);
    expect(mode).toBe(0o600);
    expect(host.calls).not.toContain(SECRET);
    expect(await connector.listAttached()).toMatchObject([
      { target: { portal: PORTAL, iqn: IQN, lun: 1 }, state: 'attached', device },
    ]);
    // Again: no second login, the same device.
    expect(await connector.connect(info())).toEqual(device);
    expect(host.calls.match(/--login/g)).toHaveLength(1);
  });

  it('waits until the kernel has made all of a disk, and does not take one for another volume before', async () => {
    host = new OpenIscsiHost([target()], { slowMs: 400 });
    const device = await host.connector().connect(info());
    expect(device.path).toBe(join(host.root, 'dev/sda'));
    expect(existsSync(device.path)).toBe(true);
  });

  it('gets through while others change the database of iscsiadm', async () => {
    host = new OpenIscsiHost([target()], { busyDatabase: true });
    const connector = host.connector();
    await connector.disconnect(await connector.connect(info()), { force: true });
    nothingLeft();
  });

  it('detaches in the safe order: disk first, then session, then the record with the secret', async () => {
    host = new OpenIscsiHost([target()]);
    const connector = host.connector();
    const one = await connector.connect(info());
    const two = await connector.connect(info({ target_lun: 2 }, 'volume-2'));
    // blockdev cannot flush a plain file, which is what a disk is here: force goes past that and says so.
    await expect(connector.disconnect(one)).rejects.toMatchObject({
      code: 'COMMAND_FAILED',
      leftBehind: [one.path],
    });
    expect(host.disks).toEqual(['sda', 'sdb']);
    expect(await connector.disconnect(one, { force: true })).toMatchObject({
      wasAttached: true,
      flushed: false,
    });
    expect(host.disks).toEqual(['sdb']);
    expect(host.nodes).toEqual([IQN]);
    await connector.disconnect(two, { force: true });
    nothingLeft();
    expect(host.calls).not.toContain('LOGOUT-WITH-DISKS');
    expect(await connector.disconnect(two)).toMatchObject({ wasAttached: false });
  });

  it('refuses a disk with another serial and leaves no session, disk or record', async () => {
    host = new OpenIscsiHost([target()]);
    await expect(host.connector().connect(info({}, 'volume-10'))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
    nothingLeft();
  });

  it('neither flushes nor removes a path that now leads to another volume', async () => {
    const now = target();
    host = new OpenIscsiHost([now]);
    const connector = host.connector();
    const device = await connector.connect(info());
    now.luns[1] = { serial: 'somebody-elses', sectors: 2048 };
    const extended = () =>
      connector.extend(device).then(
        () => 'extended',
        (error) => error.code,
      );
    // The stand-in kernel answers a rescan a moment later; the real one answers within the write.
    await expect.poll(extended, { timeout: 15_000 }).toBe('DEVICE_UNAVAILABLE');
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    await expect(connector.disconnect(device, { force: true })).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      leftBehind: [device.path],
    });
    expect(host.disks).toEqual(['sda']);
    expect(await connector.listAttached()).toMatchObject([{ state: 'attached' }]);
  });

  it('does not use a LUN number that another volume still holds here', async () => {
    const now = target();
    host = new OpenIscsiHost([now]);
    await host.connector().connect(info());
    now.luns[1] = { serial: 'volume-9', sectors: 2048 };
    const refused = { code: 'DEVICE_UNAVAILABLE', message: expect.stringContaining('detach that first') };
    await expect(host.connector().connect(info({}, 'volume-9'))).rejects.toMatchObject(refused);
    // Nor one that a tool without records has left.
    const others = host.connector({ stateDirectory: join(host.root, 'state-of-others') });
    await expect(others.connect(info({}, 'volume-9'))).rejects.toMatchObject(refused);
    expect(host.disks).toEqual(['sda']);
  });

  it('never takes away what somebody else brought, however often it refuses it', async () => {
    host = new OpenIscsiHost([target()]);
    // Another initiator of this host, which keeps its records elsewhere.
    await host.connector({ stateDirectory: join(host.root, 'others-state') }).connect(info());
    const connector = host.connector();
    const other = info({}, 'volume-9');
    for (const attempt of [1, 2, 3])
      await expect(connector.connect(other), `attempt ${attempt}`).rejects.toMatchObject({
        code: 'DEVICE_UNAVAILABLE',
      });
    expect(host.disks).toEqual(['sda']);
    expect(host.records).toEqual([]);
  });

  it('takes over a new size', async () => {
    const now = target();
    host = new OpenIscsiHost([now]);
    const connector = host.connector();
    const device = await connector.connect(info());
    now.luns[1] = { serial: 'volume-1', sectors: 8192 };
    await expect
      .poll(async () => (await connector.extend(device)).size, { timeout: 15_000 })
      .toBe(4 * 1024 * 1024);
  });

  it('cleans up after a refused login, silence, and a LUN that never appears', async () => {
    host = new OpenIscsiHost([target()]);
    const wrong = info({ auth_password: new Secret('some-wrong-secret') });
    await expect(host.connector().connect(wrong)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    nothingLeft();
    await expect(host.connector().connect(info({ target_portal: SECOND }))).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
    nothingLeft();
    await expect(host.connector({ scanTries: 0 }).connect(info({ target_lun: 5 }))).rejects.toMatchObject({
      code: 'VOLUME_DEVICE_NOT_FOUND',
    });
    nothingLeft();
  });

  it('takes away what a process left that was killed in the middle of an attach', async () => {
    host = new OpenIscsiHost([target()]);
    const connector = host.connector();
    const device = await connector.connect(info());
    host.interrupt('attaching');
    expect(await connector.listAttached()).toMatchObject([{ state: 'broken', device: null }]);
    // As another volume: what was never handed out is in nobody's way.
    await expect(connector.connect(info({}, 'volume-9'))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
    nothingLeft();
    await connector.connect(info());
    host.interrupt('detaching');
    // It is flushed already: what is left to do needs no flush, which fails here.
    expect(await connector.disconnect(device)).toMatchObject({ wasAttached: true, warnings: [] });
    nothingLeft();
  });

  it('goes on to the next portal when the first is silent, and stays there', async () => {
    const first = target({ iqn: 'iqn.none' });
    host = new OpenIscsiHost([first, target({ portal: SECOND })]);
    const connector = host.connector();
    const both = info({ target_portals: [PORTAL, SECOND] });
    const device = await connector.connect(both);
    expect(device.handle).toContain(SECOND);
    expect(await connector.connect(both)).toEqual(device);
    expect(host.disks).toEqual(['sda']);
  });

  it('attaches by iSER, and by IPv6 however it is written', async () => {
    host = new OpenIscsiHost([target({ portal: '[fd00::1]:3260' })]);
    const connector = host.connector();
    const iser: ConnectionInfo = {
      ...info({ target_portal: '[fd00::1]:3260' }),
      driver_volume_type: 'iser',
    } as never;
    const device = await connector.connect(iser);
    expect(host.calls).toContain('-p [fd00::1]:3260 -I iser --login');
    // By TCP it is not attached.
    const long = { target_portal: '[fd00:0:0::1]:3260' };
    expect(await connector.disconnect(info(long))).toMatchObject({ wasAttached: false });
    const again: ConnectionInfo = { ...info(long), driver_volume_type: 'iser' } as never;
    expect(await connector.disconnect(again, { force: true })).toMatchObject({ wasAttached: true });
    expect(await connector.disconnect(device)).toMatchObject({ wasAttached: false });
    expect(host.sessions).toEqual([]);
  });

  describe('to a target whose refusal is lost over RDMA', () => {
    const overRdma = (change = {}): ConnectionInfo =>
      ({ ...info(change), driver_volume_type: 'iser' }) as never;
    const actions = () => host.calls.match(/--login|--logout/g);

    it('logs in anew, with a session of its own, when the access comes a moment late', async () => {
      host = new OpenIscsiHost([target({ refusals: 2 })]);
      const device = await host.connector().connect(overRdma());
      expect(device).toMatchObject({ path: join(host.root, 'dev/sda') });
      expect(actions()).toEqual(['--login', '--logout', '--login', '--logout', '--login']);
      expect(host.sessions).toHaveLength(1);
      // Each gets more time than the one before: 10, 20, 30 s.
      expect(host.nodeRecord(IQN, PORTAL, 'iser').text).toContain('login_timeout = 30');
    });

    it('says that nobody answers, not that it is refused, when the time is over; and leaves nothing', async () => {
      host = new OpenIscsiHost([target({ refusals: 1_000 })]);
      await expect(host.connector().connect(overRdma(), { deadlineMs: 15_000 })).rejects.toMatchObject({
        code: 'BACKEND_UNAVAILABLE',
        message: expect.stringMatching(
          /^Cannot log in to iqn\S+ at 10\.0\.0\.1:3260 over iSER: no answer to \d+ logins/,
        ),
        details: { portal: PORTAL },
      });
      expect(host.calls.match(/--login/g)?.length).toBeGreaterThan(1);
      nothingLeft();
    });

    it('leaves time for the other portals', async () => {
      host = new OpenIscsiHost([target({ refusals: 1_000 }), target({ portal: SECOND })]);
      const both = overRdma({ target_portals: [PORTAL, SECOND] });
      const device = await host.connector().connect(both, { deadlineMs: 40_000 });
      expect(device.handle).toContain(SECOND);
      expect(host.sessions).toHaveLength(1);
    });

    it('does not ask again where nothing listens', async () => {
      host = new OpenIscsiHost([target({ isClosed: true })]);
      const connecting = host.connector().connect(overRdma());
      await expect(connecting).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
      expect(actions()).toEqual(['--login']);
      nothingLeft();
    });

    it('takes a refusal that is heard at its word', async () => {
      host = new OpenIscsiHost([target()]);
      const wrong = overRdma({ auth_password: new Secret('some-wrong-secret') });
      await expect(host.connector().connect(wrong)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
      expect(actions()).toEqual(['--login']);
      nothingLeft();
    });

    it('does so over RDMA only: over TCP a refusal is heard, and ends it', async () => {
      host = new OpenIscsiHost([target({ refusals: 1 })]);
      await expect(host.connector().connect(info())).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
      expect(actions()).toEqual(['--login']);
      nothingLeft();
      await expect(host.connector().connect(info({ target_portal: SECOND }))).rejects.toMatchObject({
        code: 'BACKEND_UNAVAILABLE',
      });
      expect(actions()).toEqual(['--login', '--login']);
    });
  });

  it('refuses to detach a disk that something stands on', async () => {
    host = new OpenIscsiHost([target()]);
    const device = await host.connector().connect(info());
    mkdirSync(join(host.root, 'sys/block/sda/holders/dm-0'));
    await expect(host.connector().disconnect(device)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
  });

  it('waits for a session that is down; by force its disk goes with it', async () => {
    host = new OpenIscsiHost([target()]);
    const connector = host.connector();
    const device = await connector.connect(info());
    host.setSessionState('session1', 'FAILED');
    await expect(connector.connect(info({ target_lun: 2 }, 'volume-2'))).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
    // By force what is down goes with its session: the kernel would wait for the path.
    expect(await connector.disconnect(device, { force: true })).toMatchObject({ flushed: false });
    nothingLeft();
  }, 20_000);
});
