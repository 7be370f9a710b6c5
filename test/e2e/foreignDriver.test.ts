import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backendsUp,
  processesMatching,
  repository,
  type Scoria,
  startScoria,
  type TemporaryDirectory,
  temporaryDirectory,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const plugins = join(repository, 'test/e2e/fixtures/pythonDriver');
const program = join(plugins, 'driver.py');
const python = spawnSync('python3', ['--version'], { env: { PATH: process.env['PATH'] ?? '' } });
const reason = python.status === 0 ? '' : 'python3 is not installed';
if (reason !== '') console.warn(`skipped: a driver in another language: ${reason}`);

describe.skipIf(reason !== '')('a driver in another language: an executable, in Python', () => {
  let directory: TemporaryDirectory;
  let scoria: Scoria;
  const files = () => readdir(join(directory.path, 'snake'));

  beforeAll(async () => {
    directory = await temporaryDirectory();
    scoria = await startScoria({
      directory: directory.path,
      settings: { plugin_paths: [plugins] },
      backends: { python: { volume_driver: 'snake', snake_folder: join(directory.path, 'snake') } },
    });
    await backendsUp(scoria.client);
  });
  afterAll(async () => {
    await scoria?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  it('refuses to be started by hand, with 64', () => {
    const { status, stderr } = spawnSync(program, { env: { PATH: process.env['PATH'] ?? '' } });
    expect(String(stderr)).toContain('do not start it by hand');
    expect(status).toBe(64);
  });

  it('creates, extends, attaches and deletes a volume', async () => {
    const { client } = scoria;
    const volume = await client.createVolume({ size: 1, name: 'foreign' });
    const [file = ''] = await files();
    expect(file).toContain(volume.id);
    expect((await stat(join(directory.path, 'snake', file))).size).toBe(2 ** 30);

    await client.ok('POST', `/volumes/${volume.id}/action`, { 'os-extend': { new_size: 2 } });
    expect(await client.settled('volume', volume.id)).toMatchObject({ status: 'available', size: 2 });
    expect((await stat(join(directory.path, 'snake', file))).size).toBe(2 ** 31);

    const connector = { host: 'here', initiator: 'iqn.2026-01.example:here' };
    const { attachment } = await client.ok('POST', '/attachments', {
      attachment: { volume_uuid: volume.id, connector },
    });
    expect(attachment.connection_info).toMatchObject({
      driver_volume_type: 'local',
      device_path: join(directory.path, 'snake', file),
    });
    await client.ok('DELETE', `/attachments/${attachment.id}`);
    await client.settled('volume', volume.id);

    await client.ok('DELETE', `/volumes/${volume.id}`);
    await client.gone('volume', volume.id);
    expect(await files()).toEqual([]);
  });

  it('is answered for in words where it leaves an operation out', async () => {
    const { client } = scoria;
    const volume = await client.createVolume({ size: 1 });
    expect(await client.call('POST', '/snapshots', { snapshot: { volume_id: volume.id } })).toMatchObject({
      status: 400,
      body: { badRequest: { message: expect.stringContaining('whose driver cannot take snapshots') } },
    });
    expect((await client.ok('GET', '/snapshots')).snapshots).toEqual([]);
    await client.ok('DELETE', `/volumes/${volume.id}`);
    await client.gone('volume', volume.id);
    expect(await files()).toEqual([]);
  });

  it('is started again after kill -9, and ends with the service', async () => {
    const { client } = scoria;
    const running = () => processesMatching(program);
    const [before] = await running();
    expect(before).toBeDefined();
    if (before !== undefined) process.kill(before.pid, 'SIGKILL');
    await waitFor('another process of the driver', async () =>
      (await running()).some(({ pid }) => pid !== before?.pid),
    );
    await backendsUp(client);
    const volume = await client.createVolume({ size: 1 });
    await client.ok('DELETE', `/volumes/${volume.id}`);
    await client.gone('volume', volume.id);

    await scoria.process.stop('SIGKILL');
    await waitFor('the driver to be gone', async () => (await running()).length === 0);
  });
});
