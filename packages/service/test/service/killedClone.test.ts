import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type Answer, callSocket, runService, volumeOf, writeConfig } from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';
import { spawnService } from '../fixtures/spawnedService.ts';

const MIB = 2 ** 20;
const patient = { timeout: 40_000, interval: 20 };
const snapshotsSchema = z.object({ snapshots: z.array(z.looseObject({ status: z.string() })) });

function write(path: string, bytes: Buffer): void {
  const fd = openSync(path, 'r+');
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done);
  closeSync(fd);
}

function read(path: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const fd = openSync(path, 'r');
  for (let done = 0; done < length; ) done += readSync(fd, bytes, done, length - done, done);
  closeSync(fd);
  return bytes;
}

/** How far the copy to `path` is, as another process sees it. */
function durableBytes(directory: string, path: string): number {
  const database = new Database(join(directory, 'state', 'scoria.db'), { readonly: true });
  try {
    const row = database.prepare('SELECT durable_bytes FROM dirty_destinations WHERE path = ?').get(path);
    return z.object({ durable_bytes: z.int() }).parse(row).durable_bytes;
  } finally {
    database.close();
  }
}

const shown = (answer: Answer) => snapshotsSchema.parse(answer.body).snapshots.map(({ status }) => status);

test('kill -9 while a volume in use is cloned: it goes on from the same moment, and a later start removes the snapshot', {
  timeout: 120_000,
}, async () => {
  const directory = scratchDirectory();
  const data = join(directory, 'data');
  const faults = join(directory, 'faults.json');
  const configured = (limit: object) =>
    writeConfig(directory, {
      fake: {
        fake_data_dir: data,
        fake_recycle: true,
        fake_instant_snapshots: true,
        fake_faults_file: faults,
        volume_clear: 'none',
        ...limit,
      },
    });
  const [before, after] = [randomBytes(96 * MIB), randomBytes(96 * MIB)];
  // So slow that the copy is under way for as long as the test needs.
  const first = await spawnService(configured({ volume_copy_bps_limit: 2_000_000 }));
  const call = (method: string, path: string, body?: unknown) =>
    callSocket(join(directory, 'state', 'api.sock'), method, path, body);
  const file = (id: string) => join(data, 'volumes', `volume-${id}`);
  const create = async (change: object) =>
    volumeOf(await call('POST', '/p/volumes', { volume: { size: 1, ...change } })).id;
  const available = (id: string) =>
    vi.waitFor(
      async () => expect(volumeOf(await call('GET', `/p/volumes/${id}`)).status).toBe('available'),
      patient,
    );
  const source = await create({});
  await available(source);
  write(file(source), before);
  const connector = { initiator: 'iqn.2020-01.example:guest', host: 'guest', ip: '192.0.2.1' };
  const action = { 'os-initialize_connection': { connector } };
  expect((await call('POST', `/p/volumes/${source}/action`, action)).status).toBe(200);
  const clone = await create({ source_volid: source });
  await vi.waitFor(() => expect(durableBytes(directory, file(clone))).toBeGreaterThan(0), patient);
  write(file(source), after);
  await first.kill();
  expect(readdirSync(join(data, 'snapshots'))).toHaveLength(1);
  writeFileSync(faults, JSON.stringify([{ operation: 'deleteSnapshot', action: 'fail' }]));

  const config = configured({});
  const second = await runService(config);
  await available(clone);
  expect(read(file(clone), before.length).equals(before)).toBe(true);
  expect(second.logged.join('\n')).toContain('copy taken up at its checkpoint');
  expect(shown(await call('GET', '/p/snapshots/detail'))).toEqual([]);
  expect(shown(await call('GET', '/p/snapshots/detail?all_tenants=1'))).toEqual(['error_deleting']);
  await second.service.stop();
  writeFileSync(faults, '[]');

  await runService(config);
  await vi.waitFor(
    async () => expect(shown(await call('GET', '/p/snapshots/detail?all_tenants=1'))).toEqual([]),
    patient,
  );
  expect(readdirSync(join(data, 'snapshots'))).toEqual([]);
  expect(volumeOf(await call('GET', `/p/volumes/${clone}`)).status).toBe('available');
});
