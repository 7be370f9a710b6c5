import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Json, processesMatching, type Stage, startStage, waitFor } from '@scoria-test/support';
import { afterEach, beforeEach, expect, it } from 'vitest';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage?.[Symbol.asyncDispose]());

const connector = { initiator: 'iqn.1993-08.org.debian:01:restart', host: 'restart', ip: '127.0.0.1' };

async function attach(volumeId: string): Promise<Json> {
  return (await stage.client.ok('POST', '/attachments', { attachment: { volume_uuid: volumeId, connector } }))
    .attachment;
}

it('takes its drivers with it when it is killed, and serves the same volumes after a restart', async () => {
  const volume = await stage.client.createVolume({ size: 1, name: 'kept' });
  const attachment = await attach(volume.id);
  await stage.killScoria();
  await waitFor(
    'the driver to be gone',
    async () =>
      (await processesMatching(`${stage.directory}/`)).every(({ command }) => !command.includes('main.js')),
    {
      timeoutMs: 5_000,
    },
  );

  // Killed already: only started again.
  await stage.killScoria({ start: true });
  const shown = (await stage.client.ok('GET', `/attachments/${attachment.id}`)).attachment;
  expect(shown.connection_info).toMatchObject({
    target_iqn: attachment.connection_info.target_iqn,
    auth_username: attachment.connection_info.auth_username,
    auth_password: attachment.connection_info.auth_password,
  });
  await stage.client.ok('DELETE', `/attachments/${attachment.id}`);
  await stage.client.settled('volume', volume.id);
  await stage.client.ok('DELETE', `/volumes/${volume.id}`);
  await stage.client.gone('volume', volume.id);
});

it('brings exports back with their credentials when tgtd alone is killed and started again', async () => {
  const volume = await stage.client.createVolume({ size: 1, name: 'back' });
  const { connection_info: before } = await attach(volume.id);
  await stage.killTgtd({ start: true });

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
    stage.client.call('POST', '/volumes', { volume: { size: 1, name: `k${index}` } }).catch(() => undefined),
  );
  await Promise.race(pending);
  await stage.killScoria();
  await Promise.all(pending);

  // Killed already: only started again.
  await stage.killScoria({ start: true });
  const { volumes } = await stage.client.ok('GET', '/volumes/detail');
  expect(volumes.length).toBeGreaterThan(0);
  for (const { id } of volumes) {
    const settled = await stage.client.settled('volume', id);
    expect(['available', 'error']).toContain(settled.status);
    await stage.client.ok('DELETE', `/volumes/${id}`);
    await stage.client.gone('volume', id);
  }
});
