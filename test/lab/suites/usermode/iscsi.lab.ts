import { type ConnectionInfo, type Connector, Secret, type Volume } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { OpenIscsiConnector } from '@scoria/initiator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningBackend } from '../../../e2e/contract/support/backend.ts';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import {
  attachedHere,
  describeHost,
  detachEverything,
  expectNothingAttached,
  startInitiator,
} from '../../support/initiatorHost.ts';
import { loadIscsiTarget, startIscsiBackend } from '../../support/iscsiBackend.ts';
import { inquire } from '../../support/libiscsi.ts';

const MIB = 1024 * 1024;
const initiator = new OpenIscsiConnector();
let host: AsyncDisposable;
let connector: Connector;

beforeAll(async () => {
  await loadIscsiTarget();
  host = await startInitiator();
  connector = await initiator.connectorProperties();
});
afterAll(() => host[Symbol.asyncDispose]());

const iscsi = (info: ConnectionInfo) => {
  if (info.driver_volume_type !== 'iscsi') throw new Error(`not iSCSI: ${info.driver_volume_type}`);
  return info;
};

describe.each([
  { helper: 'tgtadm' as const, address: '127.0.0.1' },
  { helper: 'tgtadm' as const, address: '::1' },
  { helper: 'lioadm' as const, address: '127.0.0.1' },
  { helper: 'lioadm' as const, address: '::1' },
])('the iSCSI driver with $helper at $address', ({ helper, address }) => {
  let backend: RunningBackend;
  let volumes: DriverVolumes;

  beforeAll(async () => {
    backend = await startIscsiBackend(helper, [address], { reflinks: true });
    volumes = new DriverVolumes(backend);
  });
  afterEach(async () => {
    const left = [...(await attachedHere()), ...(await volumes.owned())];
    // A test that failed does not make the next one fail.
    if (left.length > 0) {
      console.log(`${await describeHost()}\n${backend.logs.slice(-10).join('')}`);
      await detachEverything();
      await volumes.cleanUp();
    }
    expect(left).toEqual([]);
    if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
  });
  afterAll(async () => {
    await backend[Symbol.asyncDispose]();
    expect((await run('pgrep', ['-x', 'tgtd'], { exitCodes: [0, 1] })).exitCode).toBe(1);
  });

  it('serves a volume from create to delete, a copy of its snapshot and a clone', async () => {
    const made = await volumes.make(16 * MIB);
    const { volume, info } = await volumes.connect(made, connector);
    const device = await initiator.connect(info);
    expect(device).toMatchObject({ type: 'block', size: 16 * MIB });
    expect(await initiator.connect(info)).toEqual(device);
    const behind = await volumes.pathOf(volume);

    const first = await writeRandom(device.path, 3 * MIB, MIB);
    expect((await readBytes(behind, 3 * MIB, MIB)).equals(first)).toBe(true);
    const snapshot = await volumes.snapshot(volume);
    const second = await writeRandom(device.path, 3 * MIB, MIB);
    expect((await readBytes(device.path, 3 * MIB, MIB)).equals(second)).toBe(true);

    for (const { copied, content } of [
      { copied: await volumes.make(16 * MIB, snapshot), content: first },
      { copied: await volumes.clone(volume), content: second },
    ]) {
      const copy = await volumes.connect(copied, connector);
      const other = await initiator.connect(copy.info);
      expect(other.path).not.toBe(device.path);
      expect((await readBytes(other.path, 3 * MIB, MIB)).equals(content)).toBe(true);
      expect(await initiator.disconnect(other)).toEqual({ wasAttached: true, flushed: true, warnings: [] });
      await clear(copy.volume);
    }

    const grown = await volumes.extend(volume, 24 * MIB);
    const larger = await initiator.extend(device);
    expect(larger).toEqual({ ...device, size: 24 * MIB });
    const last = await writeRandom(larger.path, 23 * MIB, MIB);
    expect((await readBytes(behind, 23 * MIB, MIB)).equals(last)).toBe(true);

    expect(await initiator.listAttached()).toMatchObject([{ state: 'attached', device: larger }]);
    expect(await initiator.disconnect(larger)).toEqual({ wasAttached: true, flushed: true, warnings: [] });
    expect(await initiator.disconnect(info)).toMatchObject({ wasAttached: false });
    await volumes.disconnect(grown, connector);
    await volumes.removeSnapshot(snapshot);
    await volumes.remove(grown);
  });

  it('lets nobody else in: other credentials, none, another initiator; nor its own after the access was revoked', async () => {
    const made = await volumes.make(8 * MIB);
    const { volume, info } = await volumes.connect(made, connector);
    const { data } = iscsi(info);
    const reach = {
      portal: data.target_portal,
      iqn: data.target_iqn,
      lun: data.target_lun,
      initiator: connector.initiator ?? '',
      chap: { username: data.auth_username ?? '', password: data.auth_password?.reveal() ?? '' },
    };
    const identity = info.identity?.type === 'serial' ? info.identity.serial : '';
    expect((await inquire(reach)).serial).toBe(identity);
    const { chap, ...withoutChap } = reach;
    for (const [what, attempt] of Object.entries({
      'no CHAP': withoutChap,
      'a wrong secret': { ...reach, chap: { ...chap, password: 'wrongwrongwrong' } },
      'another initiator': { ...reach, initiator: 'iqn.2026-01.test.lab:other' },
    })) {
      expect((await inquire(attempt)).serial, what).toBeNull();
    }
    const refused = { code: 'DEVICE_UNAVAILABLE' };
    const wrong = { ...data, auth_password: new Secret('wrongwrongwrong') };
    await expect(initiator.connect({ ...iscsi(info), data: wrong })).rejects.toMatchObject(refused);
    const { auth_method: _, auth_username: __, auth_password: ___, ...open } = data;
    await expect(initiator.connect({ ...iscsi(info), data: open })).rejects.toMatchObject(refused);
    await expectNothingAttached();

    // Its own, with a session that lives when the access is revoked.
    const device = await initiator.connect(info);
    await expect(
      backend.client.terminateConnection({ volume, connector, force: false }),
    ).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    await backend.client.terminateConnection({ volume, connector, force: true });
    expect((await inquire(reach)).serial).toBeNull();
    await expect(initiator.connect(info, { deadlineMs: 60_000 })).rejects.toMatchObject({
      code: expect.stringMatching(/UNAVAILABLE/),
    });
    await initiator.disconnect(device, { force: true });
    await expectNothingAttached();
    await expect(initiator.connect(info)).rejects.toMatchObject(refused);
    await clear(volume);
  });

  it('is refused by identity when the LUN is another volume than the one that was promised', async () => {
    const made = await volumes.make(8 * MIB);
    const { volume, info } = await volumes.connect(made, connector);
    await expect(
      initiator.connect({ ...iscsi(info), identity: { type: 'serial', serial: 'volume-of-another' } }),
    ).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringContaining('another volume'),
    });
    await expectNothingAttached();
    await clear(volume);
  });

  const clear = async (volume: Volume): Promise<void> => {
    await volumes.disconnect(volume, connector);
    await volumes.remove(volume);
  };
});
