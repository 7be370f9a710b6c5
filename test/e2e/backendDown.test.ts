import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backendsUp,
  type Scoria,
  startScoria,
  startTgtd,
  type TemporaryDirectory,
  temporaryDirectory,
  tgtBackend,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('a backend without its tgtd', () => {
  let directory: TemporaryDirectory;
  let scoria: Scoria;
  const nobody = () => join(directory.path, 'tgtd.sock');
  const stateOf = async () => {
    const { services } = await scoria.client.ok('GET', '/os-services');
    return services.find(({ host }: { host: string }) => host.endsWith('@files'));
  };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    scoria = await startScoria({
      directory: directory.path,
      backends: { files: tgtBackend(directory.path, { controlSocket: nobody(), port: 1 }) },
    });
  });
  afterAll(async () => {
    await scoria?.[Symbol.asyncDispose]();
    await directory?.[Symbol.asyncDispose]();
  });

  it('is down with the reason, while the service serves', async () => {
    await waitFor('the first start to have failed', async () => (await stateOf()).disabled_reason !== null);
    expect(await stateOf()).toMatchObject({
      state: 'down',
      disabled_reason: expect.stringMatching(/tgtd does not answer on .*tgtd\.sock/),
    });
    expect((await scoria.client.ok('GET', '/volumes')).volumes).toEqual([]);
  });

  it('answers a create at once, naming the backend and the reason, and keeps nothing', async () => {
    const started = performance.now();
    const answer = await scoria.client.call('POST', '/volumes', { volume: { size: 1 } });
    expect(answer).toMatchObject({
      status: 400,
      body: { badRequest: { message: expect.stringMatching(/files: its driver is .*tgtd does not answer/) } },
    });
    expect(performance.now() - started).toBeLessThan(5_000);
    expect((await scoria.client.ok('GET', '/volumes')).volumes).toEqual([]);
    const left = await readdir(join(directory.path, 'volumes'), { recursive: true }).catch(() => []);
    expect(left.filter((path) => path.includes('volume-'))).toEqual([]);
  });

  it('is up, and makes volumes, as soon as a tgtd is there', async () => {
    const tgtd = await startTgtd(directory.path);
    try {
      await backendsUp(scoria.client);
      const volume = await scoria.client.createVolume({ size: 1 });
      await scoria.client.ok('DELETE', `/volumes/${volume.id}`);
      await scoria.client.gone('volume', volume.id);
    } finally {
      await tgtd.stop();
    }
  });
});
