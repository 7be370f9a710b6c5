import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../fixtures/lifecycle.ts';
import { callSocket, runService, volumeOf, writeConfig } from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

/** Starts a service in a process of its own and waits until it serves. */
async function spawnService(config: string) {
  const child = spawn(
    process.execPath,
    ['--conditions=scoria-source', join(import.meta.dirname, '../fixtures/serveUntilKilled.ts'), config],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

test.each([
  ['createVolume', 'before'],
  ['createVolume', 'after'],
  ['deleteVolume', 'before'],
  ['deleteVolume', 'after'],
  ['removeExport', 'after'],
] as const)(
  'kill -9 of the service while %s is under way (%s its effect): the next start finishes it',
  async (operation, when) => {
    const directory = scratchDirectory();
    const socket = join(directory, 'state', 'api.sock');
    const fault = { operation, when, action: 'delay', ms: 60_000 };
    const first = await spawnService(writeConfig(directory, { fake: { fake_faults: [fault] } }));
    const { id } = volumeOf(await callSocket(socket, 'POST', '/p/volumes', { volume: { size: 1 } }));
    const status = async () => volumeOf(await callSocket(socket, 'GET', `/p/volumes/${id}`)).status;
    const deleting = operation !== 'createVolume';
    if (deleting) {
      await eventually(async () => expect(await status()).toBe('available'));
      expect((await callSocket(socket, 'DELETE', `/p/volumes/${id}`)).status).toBe(202);
    }
    const held = () => readFileSync(join(directory, 'fake.json'), 'utf8').includes(id);
    if (when === 'after' && operation !== 'removeExport')
      await eventually(() => expect(held()).toBe(!deleting));
    first.kill('SIGKILL');
    await once(first, 'exit');

    const second = await runService(writeConfig(directory, { fake: {} }));
    if (deleting) {
      await eventually(async () => expect((await second.call('GET', `/p/volumes/${id}`)).status).toBe(404));
      expect(held()).toBe(false);
    } else {
      await eventually(async () => expect(await status()).toBe('available'));
      expect(held()).toBe(true);
    }
  },
);
