import {
  backendsUp,
  type Json,
  processesMatching,
  type Scoria,
  type ScoriaOptions,
  startScoria,
  startTgtd,
  type TemporaryDirectory,
  type Tgtd,
  temporaryDirectory,
  tgtBackend,
  waitFor,
} from '@scoria-test/support';
import { afterEach, beforeEach, expect, it } from 'vitest';

let directory: TemporaryDirectory;
let tgtd: Tgtd;
let scoria: Scoria;
let options: ScoriaOptions;

beforeEach(async () => {
  directory = await temporaryDirectory();
  tgtd = await startTgtd(directory.path);
  options = { directory: directory.path, backends: { files: tgtBackend(directory.path, tgtd) } };
  scoria = await startScoria(options);
  await backendsUp(scoria.client);
});
afterEach(async () => {
  await scoria?.[Symbol.asyncDispose]();
  await tgtd?.stop();
  await directory?.[Symbol.asyncDispose]();
});

const connector = { initiator: 'iqn.1993-08.org.debian:01:restart', host: 'restart', ip: '127.0.0.1' };

async function attach(volumeId: string): Promise<Json> {
  return (
    await scoria.client.ok('POST', '/attachments', { attachment: { volume_uuid: volumeId, connector } })
  ).attachment;
}

it('takes its drivers with it when it is killed, and serves the same volumes after a restart', async () => {
  const volume = await scoria.client.createVolume({ size: 1, name: 'kept' });
  const attachment = await attach(volume.id);
  await scoria.kill();
  await waitFor(
    'the driver to be gone',
    async () =>
      (await processesMatching(`${directory.path}/`)).every(({ command }) => !command.includes('main.js')),
    {
      timeoutMs: 5_000,
    },
  );

  scoria = await startScoria(options);
  await backendsUp(scoria.client);
  const shown = (await scoria.client.ok('GET', `/attachments/${attachment.id}`)).attachment;
  expect(shown.connection_info).toMatchObject({
    target_iqn: attachment.connection_info.target_iqn,
    auth_username: attachment.connection_info.auth_username,
    auth_password: attachment.connection_info.auth_password,
  });
  await scoria.client.ok('DELETE', `/attachments/${attachment.id}`);
  await scoria.client.settled('volume', volume.id);
  await scoria.client.ok('DELETE', `/volumes/${volume.id}`);
  await scoria.client.gone('volume', volume.id);
});

it('brings exports back with their credentials when tgtd alone is killed and started again', async () => {
  const volume = await scoria.client.createVolume({ size: 1, name: 'back' });
  const { connection_info: before } = await attach(volume.id);
  await tgtd.process.stop('SIGKILL');
  tgtd = await startTgtd(directory.path, { port: tgtd.port });

  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const url = `iscsi://${before.target_portal}/${before.target_iqn}/${before.target_lun}`;
  const answer = await waitFor(
    'the export to be back',
    () =>
      promisify(execFile)('iscsi-inq', ['-i', connector.initiator, url], {
        env: {
          PATH: '/usr/bin',
          LIBISCSI_CHAP_USERNAME: before.auth_username,
          LIBISCSI_CHAP_PASSWORD: before.auth_password,
        },
      }).catch(() => undefined),
    { timeoutMs: 60_000, intervalMs: 250 },
  );
  expect(answer.stdout).toContain('DIRECT_ACCESS');
});

it('leaves nothing in a status in progress after kill -9 in a burst of creates', async () => {
  const pending = Array.from({ length: 20 }, (_, index) =>
    scoria.client.call('POST', '/volumes', { volume: { size: 1, name: `k${index}` } }).catch(() => undefined),
  );
  await Promise.race(pending);
  await scoria.kill();
  await Promise.all(pending);

  scoria = await startScoria(options);
  await backendsUp(scoria.client);
  const { volumes } = await scoria.client.ok('GET', '/volumes/detail');
  expect(volumes.length).toBeGreaterThan(0);
  for (const { id } of volumes) {
    const settled = await scoria.client.settled('volume', id);
    expect(['available', 'error']).toContain(settled.status);
    await scoria.client.ok('DELETE', `/volumes/${id}`);
    await scoria.client.gone('volume', id);
  }
});
