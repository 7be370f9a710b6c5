import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backendsUp,
  type Scoria,
  startScoria,
  startTgtd,
  type TemporaryDirectory,
  type Tgtd,
  temporaryDirectory,
  tgtBackend,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MIB = 2 ** 20;
const reason = process.getuid?.() === 0 ? '' : 'only root may mount a small filesystem';
if (reason !== '') console.warn(`skipped: a full filesystem: ${reason}`);

describe.skipIf(reason !== '')('a filesystem of 48 MiB that runs full', () => {
  let directory: TemporaryDirectory;
  let small: string;
  let mounted = false;
  let tgtd: Tgtd;
  let scoria: Scoria;
  const files = async () =>
    (await readdir(small, { recursive: true, withFileTypes: true }))
      .filter((each) => each.isFile())
      .map(({ name }) => name);
  const backend = (name: string, more: Readonly<Record<string, unknown>>) => ({
    ...tgtBackend(join(directory.path, name), tgtd),
    file_store_dir: join(small, name),
    ...more,
  });

  beforeAll(async () => {
    directory = await temporaryDirectory();
    small = join(directory.path, 'small');
    await mkdir(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'tmpfs', small]);
    mounted = true;
    tgtd = await startTgtd(directory.path);
    scoria = await startScoria({
      directory: directory.path,
      backends: {
        thin: backend('thin', { max_over_subscription_ratio: 1000 }),
        thick: backend('thick', { volumes_preallocation: 'full' }),
      },
    });
    await backendsUp(scoria.client);
    for (const name of ['thin', 'thick'])
      await scoria.client.ok('POST', '/types', {
        volume_type: { name, extra_specs: { volume_backend_name: name } },
      });
  });
  afterAll(async () => {
    await scoria?.[Symbol.asyncDispose]();
    await tgtd?.stop();
    if (mounted) spawnSync('umount', [small]);
    await directory?.[Symbol.asyncDispose]();
  });

  it('refuses a preallocated volume that does not fit, with the figures, and keeps nothing', async () => {
    const answer = await scoria.client.call('POST', '/volumes', {
      volume: { size: 1, volume_type: 'thick' },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        badRequest: { message: expect.stringMatching(/thick#thick: 1 GiB are asked for, 0.05 GiB are free/) },
      },
    });
    expect((await scoria.client.ok('GET', '/volumes')).volumes).toEqual([]);
    expect(await files()).toEqual([]);
  });

  it('ends a copy that has no room in error, with the reason, and takes it away', async () => {
    const { client } = scoria;
    const source = await client.createVolume({ size: 1, volume_type: 'thin' });
    const [name = ''] = await files();
    await using file = await open(join(small, 'thin', 'volumes', name), 'r+');
    await file.write(Buffer.alloc(30 * MIB, 7));

    const { volume } = await client.ok('POST', '/volumes', { volume: { size: 1, source_volid: source.id } });
    expect((await client.settled('volume', volume.id)).status).toBe('error');
    const { messages } = await client.ok('GET', `/messages?resource_uuid=${volume.id}`);
    expect(messages[0].user_message).toMatch(/InsufficientFreeSpace: .* are free/);
    expect(await files()).toEqual([name]);

    const { snapshot } = await client.ok('POST', '/snapshots', { snapshot: { volume_id: source.id } });
    expect((await client.settled('snapshot', snapshot.id)).status).toBe('error');
    expect(await files()).toEqual([name]);

    await client.ok('DELETE', `/snapshots/${snapshot.id}`);
    await client.gone('snapshot', snapshot.id);
    for (const id of [volume.id, source.id]) {
      await client.ok('DELETE', `/volumes/${id}`);
      await client.gone('volume', id);
    }
    expect(await files()).toEqual([]);
  });
});
