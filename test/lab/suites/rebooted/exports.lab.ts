import { existsSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { type ConnectionInfo, connectionInfoSchema } from '@scoria/core/contract';
import { OpenIscsiConnector } from '@scoria/initiator';
import {
  backendsUp,
  type Json,
  type RunningProcess,
  type Scoria,
  startProcess,
  startScoria,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeRandom } from '../../support/deviceIo.ts';
import { expectNothingAttached, startInitiator } from '../../support/initiatorHost.ts';
import { loadIscsiTarget } from '../../support/iscsiBackend.ts';

const MIB = 1024 * 1024;
/** On the guest's disk: everything else is gone after a reboot. */
const DIRECTORY = '/var/lib/lab-reboot';
const EXPECTED = `${DIRECTORY}/expected.json`;
const helpers = ['lioadm', 'tgtadm'] as const;
const initiator = new OpenIscsiConnector();
let host: AsyncDisposable;
let tgtd: RunningProcess;
let scoria: Scoria;

/** What the first boot hands to the second. */
interface Expected {
  readonly helper: string;
  readonly volume: string;
  readonly attachment: string;
  readonly connectionInfo: Json;
  readonly written: string;
}

const section = (helper: (typeof helpers)[number]) => ({
  volume_driver: 'iscsi',
  iscsi_helper: helper,
  backing_store: 'file',
  iscsi_ip_address: '127.0.0.1',
  iscsi_port: helper === 'lioadm' ? 3260 : 3270,
  file_store_dir: `${DIRECTORY}/${helper}`,
  ...(helper === 'tgtadm' && { volumes_dir: `${DIRECTORY}/tgt-conf`, tgt_control_socket: '/run/lab-tgtd' }),
});

const infoOf = ({ driver_volume_type, identity, attachment_id: _, ...data }: Json): ConnectionInfo =>
  connectionInfoSchema.parse({ driver_volume_type, data, identity });

beforeAll(async () => {
  await loadIscsiTarget();
  host = await startInitiator();
  await mkdir(DIRECTORY, { recursive: true });
  // As Debian starts it: with nothing exported. LIO has nothing either, its unit does not run here.
  tgtd = startProcess('tgtd', ['-f', '-t', '1', '--iscsi', 'portal=127.0.0.1:3270'], {
    env: { PATH: process.env['PATH'] ?? '', TGT_IPC_SOCKET: '/run/lab-tgtd' },
  });
  await waitFor('tgtd to answer', async () => existsSync('/run/lab-tgtd.0'));
  scoria = await startScoria({
    directory: DIRECTORY,
    backends: Object.fromEntries(helpers.map((helper) => [helper, section(helper)])),
  });
  await backendsUp(scoria.client);
}, 240_000);

if (process.env['LAB_BOOT'] === '1') {
  // Nothing is ended here: the power goes while the volumes are in use.
  it('volumes of both helpers are attached and written to when the power goes', async () => {
    const connector = await initiator.connectorProperties();
    const expected: Expected[] = [];
    for (const helper of helpers) {
      const type = (
        await scoria.client.ok('POST', '/types', {
          volume_type: { name: helper, extra_specs: { volume_backend_name: helper } },
        })
      ).volume_type;
      const volume = await scoria.client.createVolume({ size: 1, volume_type: type.name });
      const { attachment } = await scoria.client.ok('POST', '/attachments', {
        attachment: { volume_uuid: volume.id, connector },
      });
      const device = await initiator.connect(infoOf(attachment.connection_info));
      await scoria.client.ok('POST', `/attachments/${attachment.id}/action`, { 'os-complete': {} });
      const written = await writeRandom(device.path, 5 * MIB, MIB);
      expected.push({
        helper,
        volume: volume.id,
        attachment: attachment.id,
        connectionInfo: attachment.connection_info,
        written: written.toString('base64'),
      });
    }
    await writeFile(EXPECTED, JSON.stringify(expected), { flush: true });
    await using directory = await open(DIRECTORY, 'r');
    await directory.sync();
  }, 240_000);
} else {
  describe.each(helpers)('after the power is back, %s', (helper) => {
    it('exports the volume in use as before, with its credentials and its bytes', async () => {
      const all: Expected[] = JSON.parse(await readFile(EXPECTED, 'utf8'));
      const before = all.find((each) => each.helper === helper);
      if (before === undefined) throw new Error('the first boot attached nothing');
      const { attachment } = await scoria.client.ok('GET', `/attachments/${before.attachment}`);
      expect(attachment.connection_info).toEqual(before.connectionInfo);
      // What the host was given before the power went is all it needs.
      const info = infoOf(before.connectionInfo);
      const device = await waitFor(
        'the export to be back',
        () => initiator.connect(info).catch(() => undefined),
        { timeoutMs: 120_000 },
      );
      expect((await readBytes(device.path, 5 * MIB, MIB)).toString('base64')).toBe(before.written);
      await initiator.disconnect(device);
      await scoria.client.ok('DELETE', `/attachments/${before.attachment}`);
      await scoria.client.settled('volume', before.volume);
      await scoria.client.ok('DELETE', `/volumes/${before.volume}`);
      await scoria.client.gone('volume', before.volume);
    }, 240_000);
  });

  // Not before: the login records of both outlived the power.
  it('nothing is left of them', async () => {
    await expectNothingAttached();
    expect(await lioObjects()).toEqual([]);
  });

  afterAll(async () => {
    await scoria?.[Symbol.asyncDispose]();
    await tgtd?.stop('SIGKILL');
    await host?.[Symbol.asyncDispose]();
  });
}
