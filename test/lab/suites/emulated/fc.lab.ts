import { readdir, writeFile } from 'node:fs/promises';
import type { ConnectionInfo, Connector, Volume } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { FibreChannelConnector } from '@scoria/initiator';
import { waitFor } from '@scoria-test/support';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { RunningBackend } from '../../../e2e/contract/support/backend.ts';
import { readBytes, writeBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import { attachingConnector, startFcBackend } from '../../support/fcBackend.ts';
import {
  bringFabricsUp,
  describeFibreChannel,
  FABRICS,
  loadFibreChannel,
  plain,
  removeTargetPorts,
  setFabric,
  waitForTargets,
} from '../../support/fibreChannel.ts';
import { attachedHere, expectNothingAttached, startInitiator } from '../../support/initiatorHost.ts';
import { OsBrick } from '../../support/osBrick/osBrick.ts';
import { useReflinks } from '../../support/reflinks.ts';

const MIB = 1024 * 1024;
const configfs = '/sys/kernel/config/target';
let backend: RunningBackend;
let initiator: AsyncDisposable;
let reflinks: AsyncDisposable;
let connector: Connector;
let volumes: DriverVolumes;

/** LUNs, backstores and mapped LUNs: what exports leave. */
async function exported(): Promise<string[]> {
  const list = async (path: string) => readdir(`${configfs}/${path}`).catch((): string[] => []);
  const found = (await list('core')).filter((name) => /^(fileio|iblock)_/.test(name));
  for (const { target } of FABRICS) {
    const group = `fc/${target}/tpgt_1`;
    found.push(...(await list(`${group}/lun`)));
    for (const acl of await list(`${group}/acls`))
      found.push(...(await list(`${group}/acls/${acl}`)).filter((name) => name.startsWith('lun_')));
  }
  return found;
}

beforeAll(async () => {
  reflinks = await useReflinks();
  await loadFibreChannel();
  // The targets first: what a port is, it says when somebody logs in.
  backend = await startFcBackend(FABRICS.map((fabric) => fabric.initiator));
  await bringFabricsUp();
  initiator = await startInitiator({ multipathd: true });
  await waitForTargets().catch(async (error: unknown) => {
    console.log(await describeFibreChannel());
    throw error;
  });
  volumes = new DriverVolumes(backend);
  connector = await attachingConnector();
}, 240_000);
afterAll(async () => {
  await backend?.[Symbol.asyncDispose]();
  await initiator?.[Symbol.asyncDispose]();
  await removeTargetPorts();
  await reflinks?.[Symbol.asyncDispose]();
});
afterEach(async () => {
  await expectNothingAttached();
  expect(await volumes.owned()).toEqual([]);
  expect(await exported()).toEqual([]);
});

/** Makes a volume that goes at the end, whatever happens. */
async function withVolume(
  size: number,
  use: (info: ConnectionInfo, volume: Volume) => Promise<void>,
): Promise<void> {
  onTestFailed(async () => console.log(await describeFibreChannel()));
  const made = await volumes.make(size);
  const { volume, info } = await volumes.connect(made, connector);
  try {
    await use(info, volume);
  } finally {
    await new FibreChannelConnector().disconnect(info, { force: true }).catch(() => undefined);
    await volumes.disconnect(volume, connector, true);
    await volumes.remove(volume);
  }
}

it('says which ports this host has', () => {
  expect(connector).toMatchObject({
    wwpns: FABRICS.map((fabric) => plain(fabric.initiator)),
    wwnns: [expect.stringMatching(/^10/), expect.stringMatching(/^10/)],
    initiator: null,
  });
});

describe.each([{ multipath: false }, { multipath: true }])(
  'our initiator, multipath: $multipath',
  ({ multipath }) => {
    it('attaches, writes, grows and detaches a volume, its snapshot and its clone', async () => {
      const own = new FibreChannelConnector({ multipath });
      await withVolume(16 * MIB, async (info, volume) => {
        expect(info.data).toMatchObject({
          target_wwn: FABRICS.map(({ target }) => plain(target)),
          initiator_target_map: { [plain(FABRICS[0].initiator)]: expect.any(Array) },
        });
        const device = await own.connect(info);
        expect(device.path).toMatch(multipath ? /^\/dev\/mapper\/36001405/ : /^\/dev\/sd/);
        expect(device.size).toBe(16 * MIB);
        const disks = (await attachedHere()).filter((each) => each.startsWith('disk sd')).length;
        // A port that logs in is scanned by the kernel itself, so that there may be more than the one that was asked for.
        expect(disks).toBeGreaterThanOrEqual(multipath ? 2 : 1);
        expect(disks).toBeLessThanOrEqual(2);
        expect(await own.connect(info)).toEqual(device);
        const before = await writeRandom(device.path, 3 * MIB, MIB);
        expect((await readBytes(await volumes.pathOf(volume), 3 * MIB, MIB)).equals(before)).toBe(true);

        const snapshot = await volumes.snapshot(volume);
        await writeRandom(device.path, 3 * MIB, MIB);
        const clone = await volumes.clone(volume);
        for (const each of [await volumes.make(16 * MIB, snapshot), clone]) {
          const other = await volumes.connect(each, connector);
          const second = await own.connect(other.info);
          const content = await readBytes(second.path, 3 * MIB, MIB);
          expect(content.equals(before)).toBe(each !== clone);
          await own.disconnect(second);
          await volumes.disconnect(other.volume, connector);
          await volumes.remove(other.volume);
        }
        await volumes.removeSnapshot(snapshot);

        await volumes.extend(volume, 24 * MIB);
        expect((await own.extend(device)).size).toBe(24 * MIB);
        const last = await writeRandom(device.path, 23 * MIB, MIB);
        expect((await readBytes(await volumes.pathOf(volume), 23 * MIB, MIB)).equals(last)).toBe(true);
        expect(await own.disconnect(device)).toMatchObject({
          wasAttached: true,
          flushed: true,
          warnings: [],
        });
        expect(await own.disconnect(device)).toMatchObject({ wasAttached: false });
        await expectNothingAttached();
        // Ends with the last volume of the initiator only; its zones go with it.
        const { connectionInfo } = await backend.client.terminateConnection({ volume, connector });
        expect(connectionInfo?.data).toHaveProperty('initiator_target_map');
        await backend.client.removeExport({ volume });
      });
    }, 300_000);

    it('os-brick attaches, extends and detaches it from nothing but the connection information', async () => {
      await using brick = new OsBrick({ multipath });
      onTestFailed(() => console.log(brick.said.slice(-6000)));
      await withVolume(16 * MIB, async (info, volume) => {
        const { value: device, milliseconds } = await brick.connect(info);
        console.log(`os-brick attached in ${milliseconds} ms, multipath ${multipath}`);
        expect(device.type).toBe('block');
        expect(await brick.check(info, device)).toBe(true);
        const written = await writeRandom(device.path, MIB, MIB);
        expect((await readBytes(await volumes.pathOf(volume), MIB, MIB)).equals(written)).toBe(true);
        await volumes.extend(volume, 24 * MIB);
        expect(await brick.extend(info)).toBe(24 * MIB);
        await brick.disconnect(info, device);
        const left = (await attachedHere()).filter((each) => !each.startsWith('WWID'));
        expect(left).toEqual([]);
        await writeFile('/etc/multipath/wwids', '');
      });
    }, 300_000);
  },
);

it('a fabric dies under I/O: the I/O ends on the other one, and the path returns', async () => {
  const own = new FibreChannelConnector({ multipath: true });
  await withVolume(16 * MIB, async (info, volume) => {
    const device = await own.connect(info);
    const bytes = await writeRandom(device.path, 0, MIB);
    await setFabric(0, 'down');
    try {
      await writeBytes(device.path, 8 * MIB, bytes);
      expect((await readBytes(await volumes.pathOf(volume), 8 * MIB, MIB)).equals(bytes)).toBe(true);
    } finally {
      await setFabric(0, 'up');
    }
    await waitFor(
      'two active paths',
      async () => {
        const { stdout } = await run('multipathd', ['show', 'paths', 'format', '%d %t'], {
          exitCodes: 'any',
        });
        return stdout.split('\n').filter((line) => /^sd\S+ +active/.test(line)).length === 2;
      },
      { timeoutMs: 90_000 },
    );
    await waitForTargets();
    expect(await own.disconnect(device)).toMatchObject({ wasAttached: true, flushed: true });
  });
}, 300_000);

describe('who has no access', () => {
  const single = new FibreChannelConnector({ scanTries: 0 });
  const refusal = (info: ConnectionInfo) =>
    single.connect(info).then(
      () => 'attached',
      (error: { code: string }) => error.code,
    );
  const anyPort = (info: ConnectionInfo): ConnectionInfo => {
    if (info.driver_volume_type !== 'fibre_channel') throw new Error('this is no Fibre Channel');
    const { initiator_target_map: _, ...data } = info.data;
    return { ...info, data };
  };

  it('sees nothing: another WWPN, a revoked one', async () => {
    onTestFailed(async () => console.log(await describeFibreChannel()));
    const made = await volumes.make(8 * MIB);
    const stranger = { ...connector, wwpns: ['5001405ab012345a'] };
    const theirs = await volumes.connect(made, stranger);
    // The map names no port of this host; without it, the LUN does not show.
    expect(await refusal(theirs.info)).toBe('NO_FC_HOSTS');
    expect(await refusal(anyPort(theirs.info))).toBe('NO_FC_DEVICE');
    const { info, volume } = await volumes.connect(theirs.volume, connector);
    const device = await single.connect(info);
    await single.disconnect(device);
    await backend.client.terminateConnection({ volume, connector });
    expect(await refusal(info)).toBe('NO_FC_DEVICE');
    await expectNothingAttached();
    await volumes.disconnect(volume, stranger);
    await volumes.remove(volume);
  }, 180_000);

  it('gets no device of another volume: the identity decides', async () => {
    await withVolume(8 * MIB, async (info) => {
      const other = { ...info, identity: { type: 'serial' as const, serial: 'another-volume' } };
      expect(await refusal(other)).toBe('DEVICE_UNAVAILABLE');
      await expectNothingAttached();
      // A device that is here, and now is said to be another volume, is neither handed out nor touched.
      const device = await single.connect(info);
      expect(await refusal(other)).toBe('DEVICE_UNAVAILABLE');
      await expect(single.disconnect({ ...device, identity: other.identity })).rejects.toMatchObject({
        code: 'DEVICE_UNAVAILABLE',
      });
      await single.disconnect(device);
    });
  }, 180_000);
});
