import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { digestOf, MIB, randomText, writeAt } from '../fixtures/backups.ts';
import { callSocket, runService, volumeOf, writeConfig } from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

/** How often each kind of work is killed. More on request: the moments are random. */
const rounds = Number(process.env['SCORIA_KILL_ROUNDS'] ?? 2);
const patient = { timeout: 60_000, interval: 50 };

const backupSchema = z.object({
  backup: z.looseObject({ id: z.string(), status: z.string(), fail_reason: z.string().nullish() }),
});
const restoreSchema = z.object({ restore: z.object({ volume_id: z.string() }) });

/** A service in a process of its own over volumes with real bytes and a repository, which can be killed and started again. */
async function lab() {
  const directory = scratchDirectory();
  const data = join(directory, 'data');
  const config = writeConfig(
    directory,
    {
      // Slow enough for a kill to come in the middle.
      fake: { fake_data_dir: data, volume_copy_bps_limit: 96 * MIB },
    },
    { backup: { type: 'directory', path: join(directory, 'repository') } },
  );
  const socket = join(directory, 'state', 'api.sock');
  const call = (method: string, path: string, body?: unknown) =>
    callSocket(socket, method, `/p${path}`, body);
  const backup = async (id: string) => backupSchema.parse((await call('GET', `/backups/${id}`)).body).backup;
  return {
    config,
    call,
    backup,
    file: (id: string) => join(data, 'volumes', `volume-${id}`),
    volume: async (id: string) => volumeOf(await call('GET', `/volumes/${id}`)),
    start: async () => {
      const child = spawn(
        process.execPath,
        ['--conditions=scoria-source', join(import.meta.dirname, '../fixtures/serveUntilKilled.ts'), config],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      );
      onTestFinished(() => void child.kill('SIGKILL'));
      await once(child.stdout, 'data');
      return async () => {
        child.kill('SIGKILL');
        await once(child, 'exit');
      };
    },
  };
}

test(`kill -9 at ${rounds} random moments of a backup and ${rounds} of a restore: each goes on, and what it says is right`, {
  timeout: 60_000 + rounds * 60_000,
}, async () => {
  const { call, backup, volume, file, start, config } = await lab();
  let kill = await start();
  const { id: source } = volumeOf(await call('POST', '/volumes', { volume: { size: 1 } }));
  await vi.waitFor(async () => expect((await volume(source)).status).toBe('available'), patient);
  for (let at = 0; at < 64; at += 4) writeAt(file(source), at * 8 * MIB, randomText(at, 4 * MIB));

  let last: string | null = null;
  for (let round = 0; round < rounds; round += 1) {
    writeAt(file(source), round * 3 * MIB + 513, randomText(1000 + round, 2 * MIB));
    const expected = digestOf(file(source));
    const asked = { volume_id: source, incremental: last !== null && round % 2 === 1 };
    const { id } = await created(call, asked);
    await sleep(Math.random() * 1_200);
    await kill();
    kill = await start();
    await vi.waitFor(async () => {
      expect(await backup(id)).toMatchObject({ status: 'available', fail_reason: null });
      expect((await volume(source)).status).toBe('available');
    }, patient);
    last = id;

    const answer = await call('POST', `/backups/${id}/restore`, { restore: {} });
    const { volume_id: restored } = restoreSchema.parse(answer.body).restore;
    await sleep(Math.random() * 1_500);
    await kill();
    kill = await start();
    await vi.waitFor(async () => expect((await volume(restored)).status).toBe('available'), patient);
    expect((await backup(id)).status).toBe('available');
    expect(digestOf(file(restored))).toBe(expected);
    expect((await call('DELETE', `/volumes/${restored}`)).status).toBe(202);
  }
  await kill();

  // In this process, to ask the repository itself: no kill has left anything that no backup needs.
  const { service } = await runService(config);
  const context = { requestId: 'req-1', projectId: 'p', userId: 'u', isAdmin: true };
  const { id } = service.services.backups.verify(context, { volumeId: null, backupId: null });
  await vi.waitFor(() => {
    const found = service.services.backups.verification(context, id);
    expect(found).toMatchObject({ status: 'done', backups: rounds, problems: [], unreferenced: [] });
  }, patient);
});

async function created(
  call: (method: string, path: string, body?: unknown) => Promise<{ readonly body: unknown }>,
  backup: Readonly<Record<string, unknown>>,
): Promise<{ id: string }> {
  const answer = await call('POST', '/backups', { backup });
  return z.object({ backup: z.looseObject({ id: z.string() }) }).parse(answer.body).backup;
}
