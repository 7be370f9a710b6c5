import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  backendsUp,
  processesMatching,
  type Scoria,
  startScoria,
  startTgtd,
  type TemporaryDirectory,
  type Tgtd,
  temporaryDirectory,
  tgtBackend,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('kill -9 of a driver process in the middle of a create', () => {
  let directory: TemporaryDirectory;
  let tgtd: Tgtd;
  let scoria: Scoria;
  let faults: string;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    tgtd = await startTgtd(directory.path);
    faults = join(directory.path, 'faults.json');
    await mkdir(join(directory.path, 'fake'));
    await writeFile(
      faults,
      JSON.stringify([{ operation: 'createVolume', when: 'before', action: 'hang', times: 1 }]),
    );
    scoria = await startScoria({
      directory: directory.path,
      backends: {
        files: tgtBackend(directory.path, tgtd),
        shaky: {
          volume_driver: 'fake',
          fake_faults_file: faults,
          fake_state_file: join(directory.path, 'fake', 'state.json'),
        },
      },
    });
    await backendsUp(scoria.client);
    for (const name of ['files', 'shaky']) {
      await scoria.client.ok('POST', '/types', {
        volume_type: { name, extra_specs: { volume_backend_name: name } },
      });
    }
  });
  afterAll(async () => {
    await scoria?.[Symbol.asyncDispose]();
    await tgtd?.stop();
    await directory?.[Symbol.asyncDispose]();
  });

  it('leaves no volume stuck, is served meanwhile, and the driver comes back', async () => {
    const { client } = scoria;
    const { volume } = await client.ok('POST', '/volumes', {
      volume: { size: 1, name: 'caught', volume_type: 'shaky' },
    });
    const driver = await waitFor('the driver of the shaky backend', async () =>
      (await processesMatching('driver-fake')).find(({ command }) => command.includes('main.js')),
    );
    expect((await client.ok('GET', `/volumes/${volume.id}`)).volume.status).toBe('creating');

    process.kill(driver.pid, 'SIGKILL');
    await writeFile(faults, '[]');

    const bystander = await client.createVolume({ size: 1, name: 'bystander', volume_type: 'files' });
    expect(bystander.status).toBe('available');
    const settled = await client.settled('volume', volume.id, 50);
    expect(['available', 'error']).toContain(settled.status);
    const back = await waitFor('the driver to be back', async () =>
      (await processesMatching('driver-fake')).find(
        ({ pid, command }) => pid !== driver.pid && command.includes('main.js'),
      ),
    );
    expect(back.pid).not.toBe(driver.pid);
    await backendsUp(client);
    const after = await client.createVolume({ size: 1, name: 'after', volume_type: 'shaky' });
    for (const each of [settled, bystander, after]) {
      await client.ok('DELETE', `/volumes/${each.id}`);
      await client.gone('volume', each.id);
    }
  });
});
