import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConnectionInfo, Secret, type Volume } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { OpenIscsiConnector } from '@scoria/initiator';
import { waitFor } from '@scoria-test/support';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed, vi } from 'vitest';
import { type RunningBackend, startBackend } from '../../../e2e/contract/support/backend.ts';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { DriverVolumes } from '../../support/driverVolumes.ts';
import { attachedHere, describeHost, expectNothingAttached } from '../../support/initiatorHost.ts';
import { iserBackend } from '../../support/iserBackend.ts';
import { onInitiatorHost } from '../../support/onInitiatorHost.ts';
import { describeRdma, makeSoftRoce, RDMA_ADDRESS } from '../../support/softRoce.ts';

// Sessions over RDMA, and refusals, take their time to be noticed.
vi.setConfig({ testTimeout: 300_000 });

const MIB = 1024 * 1024;
/** Of an attach that must fail: a refusal that is lost over RDMA shows as silence, for as long as there is time. */
const REFUSED_MS = 25_000;
const initiator = new OpenIscsiConnector();
const connector = onInitiatorHost(initiator, makeSoftRoce);

const iser = (info: ConnectionInfo) => {
  if (info.driver_volume_type !== 'iser') throw new Error(`not iSER: ${info.driver_volume_type}`);
  return info;
};
/** Kernel drivers that carry the sessions of this host. */
const carriers = async (): Promise<string[]> => {
  const hosts = (await readdir('/sys/class/iscsi_host').catch((): string[] => [])).map((name) =>
    // One that ends while it is looked at carries nothing any more.
    readFile(join('/sys/class/scsi_host', name, 'proc_name'), 'utf8').catch(() => ''),
  );
  return (await Promise.all(hosts)).map((text) => text.trim()).filter(Boolean);
};

describe.each([{ helper: 'lioadm' as const }, { helper: 'iseradm' as const }])(
  'the iSER driver with $helper',
  ({ helper }) => {
    let backend: RunningBackend;
    let volumes: DriverVolumes;

    beforeAll(async () => {
      backend = await startBackend(iserBackend(helper));
      volumes = new DriverVolumes(backend);
    });
    afterEach(async () => {
      const left = [...(await attachedHere()), ...(await volumes.owned())];
      // A test that failed does not make the next one fail.
      for (const { device } of left.length > 0 ? await initiator.listAttached() : [])
        if (device) await initiator.disconnect(device, { force: true }).catch(() => undefined);
      expect(left).toEqual([]);
      if (helper === 'lioadm') expect(await lioObjects()).toEqual([]);
    });
    afterAll(async () => {
      await backend[Symbol.asyncDispose]();
      expect((await run('pgrep', ['-x', 'tgtd'], { exitCodes: [0, 1] })).exitCode).toBe(1);
    });

    const explain = () =>
      onTestFailed(async () => {
        const tgtd = await readFile(join(backend.directory, 'tgtd.log'), 'utf8').catch(() => '');
        const logs = backend.logs.slice(-20).join('');
        console.log([await describeHost(), await describeRdma(), tgtd, logs].join('\n'));
      });
    const clear = async (volume: Volume): Promise<void> => {
      await volumes.disconnect(volume, connector());
      await volumes.remove(volume);
    };

    it('serves a volume from create to delete, and a clone of its snapshot, over RDMA', async () => {
      explain();
      const made = await volumes.make(16 * MIB);
      const { volume, info } = await volumes.connect(made, connector());
      expect(iser(info).data).toMatchObject({
        target_portal: `${RDMA_ADDRESS}:3260`,
        target_iqn: `iqn.2010-10.org.iser.openstack:${volume.name}`,
        target_lun: helper === 'lioadm' ? 0 : 1,
        auth_method: 'CHAP',
      });
      const device = await initiator.connect(info);
      expect(device).toMatchObject({ type: 'block', size: 16 * MIB });
      expect(await carriers()).toEqual(['iscsi_iser']);
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
        const copy = await volumes.connect(copied, connector());
        const other = await initiator.connect(copy.info);
        expect((await readBytes(other.path, 3 * MIB, MIB)).equals(content)).toBe(true);
        expect(await initiator.disconnect(other)).toEqual({ wasAttached: true, flushed: true, warnings: [] });
        await clear(copy.volume);
      }

      const grown = await volumes.extend(volume, 24 * MIB);
      const larger = await initiator.extend(device);
      expect(larger).toEqual({ ...device, size: 24 * MIB });
      const last = await writeRandom(larger.path, 23 * MIB, MIB);
      expect((await readBytes(behind, 23 * MIB, MIB)).equals(last)).toBe(true);

      expect(await initiator.disconnect(larger)).toEqual({ wasAttached: true, flushed: true, warnings: [] });
      await volumes.disconnect(grown, connector());
      await volumes.removeSnapshot(snapshot);
      await volumes.remove(grown);
    });

    it('lets nobody else in: other credentials, none, or its own after the access was revoked', async () => {
      explain();
      const made = await volumes.make(8 * MIB);
      const { volume, info } = await volumes.connect(made, connector());
      const { data } = iser(info);
      const other = { code: 'DEVICE_UNAVAILABLE' };
      // LIO's refusal may get lost on its way over RDMA.
      const refused =
        helper === 'lioadm' ? { code: expect.stringMatching(/^(DEVICE|BACKEND)_UNAVAILABLE$/) } : other;
      const attempt = (of: ConnectionInfo) => initiator.connect(of, { deadlineMs: REFUSED_MS });
      const wrong = { ...data, auth_password: new Secret('wrongwrongwrong') };
      await expect(attempt({ ...iser(info), data: wrong })).rejects.toMatchObject(refused);
      const { auth_method: _, auth_username: __, auth_password: ___, ...open } = data;
      await expect(attempt({ ...iser(info), data: open })).rejects.toMatchObject(refused);
      await expect(
        initiator.connect({ ...iser(info), identity: { type: 'serial', serial: 'volume-of-another' } }),
      ).rejects.toMatchObject(other);
      await expectNothingAttached();

      const device = await initiator.connect(info);
      const busy = { code: 'VOLUME_IS_BUSY' };
      await expect(
        backend.client.terminateConnection({ volume, connector: connector(), force: false }),
      ).rejects.toMatchObject(busy);
      await expect(backend.client.removeExport({ volume, force: false })).rejects.toMatchObject(busy);
      expect((await readBytes(device.path, 0, MIB)).every((byte) => byte === 0)).toBe(true);
      await initiator.disconnect(device);
      await backend.client.terminateConnection({ volume, connector: connector(), force: false });
      await expect(attempt(info)).rejects.toMatchObject(refused);
      await clear(volume);
    });

    it('attaches although the access comes a moment after the login has begun', async () => {
      explain();
      const { volume, info } = await volumes.connect(await volumes.make(8 * MIB), connector());
      await backend.client.terminateConnection({ volume, connector: connector(), force: false });
      let isOver = false;
      const early = initiator.connect(info).then(
        (device) => ({ device }),
        (error: unknown) => ({ error }),
      );
      void early.finally(() => {
        isOver = true;
      });
      await waitFor('a login', async () => isOver || (await carriers()).includes('iscsi_iser'), {
        timeoutMs: 120_000,
      });
      await backend.client.ensureExport({
        volume,
        connections: [{ connector: connector(), connectionInfo: info }],
      });
      const outcome = await early;
      // A refusal that was heard has ended it: then the next attach gets in.
      if ('error' in outcome) expect(outcome.error).toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
      const device = 'device' in outcome ? outcome.device : await initiator.connect(info);
      await writeRandom(device.path, 0, MIB);
      await initiator.disconnect(device);
      await clear(volume);
    });

    it.skipIf(helper === 'lioadm')(
      'brings exports back, with their credentials, when tgtd was killed',
      async () => {
        explain();
        const made = await volumes.make(8 * MIB);
        const { volume, info } = await volumes.connect(made, connector());
        await run('pkill', ['-KILL', '-x', 'tgtd']);
        await waitFor('the end of tgtd', async () => {
          const { exitCode } = await run('pgrep', ['-x', 'tgtd'], { exitCodes: [0, 1] });
          return exitCode === 1;
        });
        await backend.client.ensureExport({
          volume,
          connections: [{ connector: connector(), connectionInfo: info }],
        });
        const device = await initiator.connect(info);
        await writeRandom(device.path, 0, MIB);
        await initiator.disconnect(device);
        await clear(volume);
      },
    );
  },
);

it('serves a volume over RDMA with tgtadm, the helper that iser_helper names by default', async () => {
  await using backend = await startBackend(iserBackend('tgtadm'));
  const volumes = new DriverVolumes(backend);
  const made = await volumes.make(8 * MIB);
  const { volume, info } = await volumes.connect(made, connector());
  const device = await initiator.connect(iser(info));
  expect(await carriers()).toEqual(['iscsi_iser']);
  const bytes = await writeRandom(device.path, MIB, MIB);
  expect((await readBytes(await volumes.pathOf(volume), MIB, MIB)).equals(bytes)).toBe(true);
  await initiator.disconnect(device);
  await volumes.disconnect(volume, connector());
  await volumes.remove(volume);
  expect(await volumes.owned()).toEqual([]);
  await expectNothingAttached();
});
