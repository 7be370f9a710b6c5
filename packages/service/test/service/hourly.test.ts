import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { runService, volumeOf, writeConfig } from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const HOUR_MS = 3_600_000;
const patient = { timeout: 40_000, interval: 20 };
const snapshotsSchema = z.object({ snapshots: z.array(z.looseObject({ status: z.string() })) });

test("a snapshot of the service's own that could not be removed goes within the hour, without a restart", async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const directory = scratchDirectory();
  const faults = join(directory, 'faults.json');
  writeFileSync(faults, JSON.stringify([{ operation: 'deleteSnapshot', action: 'fail' }]));
  const fake = {
    fake_data_dir: join(directory, 'data'),
    fake_instant_snapshots: true,
    fake_faults_file: faults,
    volume_clear: 'none',
  };
  const { call } = await runService(writeConfig(directory, { fake }));
  const create = async (change: object) => {
    const { id } = volumeOf(await call('POST', '/p/volumes', { volume: { size: 1, ...change } }));
    const status = async () => volumeOf(await call('GET', `/p/volumes/${id}`)).status;
    await expect.poll(status, patient).toBe('available');
    return id;
  };
  const left = async () => {
    const { body } = await call('GET', '/p/snapshots/detail?all_tenants=1');
    return snapshotsSchema.parse(body).snapshots.map(({ status }) => status);
  };
  const source = await create({});
  const connector = { initiator: 'iqn.2020-01.example:guest', host: 'guest', ip: '192.0.2.1' };
  await call('POST', `/p/volumes/${source}/action`, { 'os-initialize_connection': { connector } });
  await create({ source_volid: source });
  expect(await left()).toEqual(['error_deleting']);

  writeFileSync(faults, '[]');
  vi.advanceTimersByTime(HOUR_MS);
  await expect.poll(left, patient).toEqual([]);
});
