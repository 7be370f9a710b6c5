import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { bytes } from '@scoria/core/contract';
import { describe, expect, test } from 'vitest';
import { driverVolume } from '../../src/backends/index.ts';
import type { VolumeRecord } from '../../src/model/index.ts';
import { type Lifecycle, makeVolume, startLifecycle, user, volumeRequest } from '../fixtures/lifecycle.ts';
import { iscsiSection, noIscsi, realDriver, testTgtd } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 1024 * 1024;

async function pathOf({ deps }: Lifecycle, volume: VolumeRecord): Promise<string> {
  const { client } = deps.backends.ofHost(volume.host).driver;
  return (await client.localPath({ volume: await driverVolume(deps.state, volume) })).path;
}

/** Random bytes at odd places, the very last one too. */
async function fill(path: string, size: number): Promise<void> {
  const file = await open(path, 'r+');
  for (const offset of [3, 1_000_001, size - 777]) await file.write(randomBytes(777), 0, 777, offset);
  await file.close();
}

async function twoBackends(): Promise<Lifecycle> {
  const directory = scratchDirectory();
  const drivers = {
    one: await realDriver(directory, { volume_driver: 'fake', fake_data_dir: `${directory}/one` }),
    two: await realDriver(directory, { volume_driver: 'fake', fake_data_dir: `${directory}/two` }),
  };
  return startLifecycle({ drivers });
}

describe('a clone on another backend', () => {
  test('has the bytes of its source, and zeros behind', async () => {
    const lifecycle = await twoBackends();
    const source = await makeVolume(lifecycle, { size: bytes(5 * MIB + 512) });
    await fill(await pathOf(lifecycle, source), source.size);
    const target = source.host?.includes('@one#') ? 'host@two' : 'host@one';
    // Its own backend is full.
    const own = lifecycle.deps.backends.ofHost(source.host);
    const stats = await own.refreshStats();
    for (const pool of stats.pools) own.allocations.add(`${own.host}#${pool.name}`, 2 ** 52);
    const { id } = await lifecycle.services.volumes.create(
      user,
      volumeRequest({ size: bytes(7 * MIB), sourceVolumeId: source.id }),
    );
    await lifecycle.idle();
    const clone = await lifecycle.services.volumes.get(user, id);
    expect(clone).toMatchObject({ status: 'available', failure: null });
    expect(clone.host).toContain(target);
    const expected = Buffer.concat([
      await readFile(await pathOf(lifecycle, source)),
      Buffer.alloc(clone.size - source.size),
    ]);
    expect(expected.equals(await readFile(await pathOf(lifecycle, clone)))).toBe(true);
  });
});

if (noIscsi !== null) console.log(`skipped: copies over iSCSI: ${noIscsi}`);

test.skipIf(noIscsi)('between two attached volumes: exact, and nothing stays attached', async () => {
  const directory = scratchDirectory();
  const tgtd = await testTgtd(directory);
  const drivers = {
    iscsi: await realDriver(directory, iscsiSection(directory, tgtd)),
    files: await realDriver(directory, {
      volume_driver: 'fake',
      fake_data_dir: `${directory}/two`,
      fake_protocol: 'local',
    }),
  };
  const lifecycle = await startLifecycle({ drivers, access: { prefer: 'attach' } });
  const source = await makeVolume(lifecycle, { size: bytes(4 * MIB) });
  await fill(await pathOf(lifecycle, source), source.size);
  const own = lifecycle.deps.backends.ofHost(source.host);
  for (const pool of (await own.refreshStats()).pools)
    own.allocations.add(`${own.host}#${pool.name}`, 2 ** 52);
  const clone = await makeVolume(lifecycle, { size: null, sourceVolumeId: source.id });
  expect(clone).toMatchObject({ status: 'available', failure: null });
  expect(clone.host).not.toBe(source.host);
  const [from, to] = [await pathOf(lifecycle, source), await pathOf(lifecycle, clone)];
  expect((await readFile(from)).equals(await readFile(to))).toBe(true);
  expect(tgtd.targets()).toEqual([]);
  expect(await lifecycle.deps.state.serviceAttachments.all()).toEqual([]);
});
