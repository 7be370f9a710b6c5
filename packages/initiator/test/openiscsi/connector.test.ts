import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionInfo, Secret } from '@scoria/core/contract';
import { afterEach, describe, expect, it } from 'vitest';
import { parseSessions } from '../../src/openiscsi/iscsiadm.ts';
import { replaceKeys } from '../../src/openiscsi/nodeRecord.ts';
import { type FakeTarget, OpenIscsiHost } from '../fixtures/openIscsiHost.ts';

const IQN = 'iqn.2010-10.org.openstack:volume-1';
const PORTAL = '10.0.0.1:3260';
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

  it('logs in with manual scanning, scans for one LUN and hands out the disk that shows the serial', async () => {
    host = new OpenIscsiHost([target()]);
    const connector = host.connector();
    expect((await connector.connectorProperties()).initiator).toBe('iqn.1993-08.org.debian:01:abc');
    const device = await connector.connect(info());
    expect(device).toMatchObject({ path: join(host.root, 'dev/sda'), type: 'block', size: 1024 * 1024 });
    expect(host.scans).toEqual(['0 0 1']);
    expect(host.disks).toEqual(['sda']);
    const { text, mode } = host.nodeRecord(IQN, PORTAL);
    expect(text).toContain('node.session.scan = manual');
    expect(text).toContain('node.startup = manual');
    expect(text).toContain(`node.session.auth.password = ${SECRET}`);
    expect(mode).toBe(0o600);
    expect(host.calls).not.toContain(SECRET);
    expect(await connector.listAttached()).toMatchObject([{ target: { portal: PORTAL, iqn: IQN, lun: 1 } }]);
  });

  it('detaches in the safe order: disk first, then session, then the record with the secret', async () => {
    host = new OpenIscsiHost([target()]);
    const connector = host.connector();
    const one = await connector.connect(info());
    const two = await connector.connect(info({ target_lun: 2 }, 'volume-2'));
    // blockdev cannot flush a plain file, which is what a disk is here: force goes past that and says so.
    await expect(connector.disconnect(one)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(host.disks).toEqual(['sda', 'sdb']);
    expect(await connector.disconnect(one, { force: true })).toMatchObject({
      wasAttached: true,
      flushed: false,
    });
    expect(host.disks).toEqual(['sdb']);
    expect(host.nodes).toEqual([IQN]);
    await connector.disconnect(two, { force: true });
    expect(host.disks).toEqual([]);
    expect(host.nodes).toEqual([]);
    expect(host.calls).not.toContain('LOGOUT-WITH-DISKS');
    expect(await connector.disconnect(two)).toMatchObject({ wasAttached: false });
  });

  it('refuses a disk with another serial and leaves no session, disk or record', async () => {
    host = new OpenIscsiHost([target()]);
    await expect(host.connector().connect(info({}, 'volume-10'))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
    });
    expect([...host.disks, ...host.nodes]).toEqual([]);
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
    await expect.poll(extended).toBe('DEVICE_UNAVAILABLE');
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
    expect(host.disks).toEqual(['sda']);
  });

  it('takes over a new size', async () => {
    const now = target();
    host = new OpenIscsiHost([now]);
    const connector = host.connector();
    const device = await connector.connect(info());
    now.luns[1] = { serial: 'volume-1', sectors: 8192 };
    await expect.poll(async () => (await connector.extend(device)).size).toBe(4 * 1024 * 1024);
  });

  it('cleans up after a refused login, and after a LUN that never appears', async () => {
    host = new OpenIscsiHost([target()]);
    const wrong = info({ auth_password: new Secret('some-wrong-secret') });
    await expect(host.connector().connect(wrong)).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(host.nodes).toEqual([]);
    await expect(host.connector({ scanTries: 0 }).connect(info({ target_lun: 5 }))).rejects.toMatchObject({
      code: 'VOLUME_DEVICE_NOT_FOUND',
    });
    expect([...host.disks, ...host.nodes]).toEqual([]);
  });

  it('goes on to the next portal when the first is silent, and works with an old open-iscsi', async () => {
    const second = '10.0.0.10:3260';
    host = new OpenIscsiHost([target({ portal: second })], { oldOpenIscsi: true });
    const device = await host.connector().connect(info({ target_portals: [PORTAL, second] }));
    expect(device.handle).toContain(second);
  });

  it('refuses to detach a disk that something stands on', async () => {
    host = new OpenIscsiHost([target()]);
    const device = await host.connector().connect(info());
    mkdirSync(join(host.root, 'sys/block/sda/holders/dm-0'));
    await expect(host.connector().disconnect(device)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
  });
});

describe('parsing', () => {
  it('compares whole fields of the session list', () => {
    const text =
      'tcp: [1] 10.0.0.10:3260,1 iqn.2010-10.org.openstack:volume-10 (non-flash)\niser: [12] [fd00::1]:3260,2 iqn.b\njunk\n';
    expect(parseSessions(text)).toEqual([
      { id: '1', portal: '10.0.0.10:3260', iqn: 'iqn.2010-10.org.openstack:volume-10' },
      { id: '12', portal: '[fd00::1]:3260', iqn: 'iqn.b' },
    ]);
  });

  it('replaces credentials in a record and takes stale ones out', () => {
    const record = '# BEGIN RECORD\nnode.session.auth.password = old\nnode.name = x\n# END RECORD\n';
    expect(replaceKeys(record, new Map([['node.session.auth.authmethod', 'None']]))).toBe(
      '# BEGIN RECORD\nnode.name = x\nnode.session.auth.authmethod = None\n# END RECORD\n',
    );
  });
});
