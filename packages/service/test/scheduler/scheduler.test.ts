import { gibToBytes, type PoolStats, poolStatsSchema, volumeStatsSchema } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { poolCapabilities, unmetSpec } from '../../src/scheduler/capabilities.ts';
import { roomIn } from '../../src/scheduler/capacity.ts';
import { admin, makeVolume, startLifecycle, user, volumeRequest } from '../fixtures/lifecycle.ts';
import { MemoryDriver } from '../fixtures/memoryDriver.ts';

const pool = (change: Partial<PoolStats>): PoolStats => ({
  ...poolStatsSchema.parse({ name: 'p', totalCapacity: gibToBytes(100), freeCapacity: gibToBytes(50) }),
  ...change,
});

test.each([
  ['fits', {}, 50, 0, true],
  ['does not fit', {}, 51, 0, false],
  ['promised already', {}, 41, 10, false],
  ['reserved', { reservedPercentage: 10 }, 41, 0, false],
  ['up to the reserve', { reservedPercentage: 10 }, 40, 0, true],
  [
    'everything reserved',
    { reservedPercentage: 100, totalCapacity: 'infinite', freeCapacity: 'infinite' },
    1,
    0,
    false,
  ],
  ['infinite', { totalCapacity: 'infinite', freeCapacity: 'infinite' }, 100_000, 0, true],
  ['unknown', { totalCapacity: 'unknown', freeCapacity: 'unknown' }, 1, 0, true],
  ['thin: more than free', { thinProvisioning: true, maxOverSubscriptionRatio: 3 }, 150, 0, true],
  [
    'thin: past the ratio',
    { thinProvisioning: true, maxOverSubscriptionRatio: 3, provisionedCapacity: gibToBytes(200) },
    101,
    0,
    false,
  ],
  [
    'thin: promised up to the ratio',
    { thinProvisioning: true, maxOverSubscriptionRatio: 3, provisionedCapacity: gibToBytes(200) },
    50,
    51,
    false,
  ],
  [
    'thin: hardly anything free',
    { thinProvisioning: true, maxOverSubscriptionRatio: 3, freeCapacity: gibToBytes(1) },
    4,
    0,
    false,
  ],
] as const)('capacity: %s', (_name, change, gib, pendingGib, fits) => {
  expect(roomIn(pool(change as Partial<PoolStats>), gibToBytes(gib), gibToBytes(pendingGib)).fits).toBe(fits);
});

const stats = volumeStatsSchema.parse({
  volumeBackendName: 'gold',
  driverVersion: '2',
  storageProtocol: 'iSCSI',
  pools: [
    {
      name: 'p',
      totalCapacity: 1,
      freeCapacity: 1,
      thinProvisioning: true,
      capabilities: { rpm: 7200, compressed: true, media: 'ssd nvme' },
    },
  ],
});

test.each([
  [{ volume_backend_name: 'gold' }, true],
  [{ volume_backend_name: 'silver' }, false],
  [{ 'capabilities:thin_provisioning_support': '<is> True' }, true],
  [{ thin_provisioning_support: '<is> False' }, false],
  [{ thin_provisioning_support: 'yes' }, true],
  [{ compressed: '<is> true', storage_protocol: 'iSCSI' }, true],
  [{ storage_protocol: '<or> FC <or> iSCSI' }, true],
  [{ storage_protocol: '<or> FC <or> NVMe' }, false],
  [{ media: '<in> nvme' }, true],
  [{ rpm: '>= 7200' }, true],
  [{ rpm: '>= 10000' }, false],
  [{ rpm: '== 7200' }, true],
  [{ rpm: '!= 7200' }, false],
  [{ volume_backend_name: 's== gold' }, true],
  [{ 'vendor:secret_sauce': 'whatever' }, true],
  [{ no_such: 'x' }, false],
])('extra specs %j: %s', (specs, met) => {
  const [first] = stats.pools;
  if (first === undefined) throw new Error('no pool');
  expect(unmetSpec(specs, poolCapabilities(stats, first)) === null).toBe(met);
});

test('the pool with most room is taken; an administrator may choose another', async () => {
  const small = new MemoryDriver();
  small.capacityGib = 10;
  const life = await startLifecycle({ drivers: { small, large: new MemoryDriver() } });
  expect((await makeVolume(life)).host).toBe('host@large#pool');
  const pinned = volumeRequest({ schedulerHints: { host: 'host@small#pool' } });
  expect((await life.services.volumes.create(admin, pinned)).host).toBe('host@small#pool');
  expect((await life.services.volumes.create(user, pinned)).host).toBe('host@large#pool');
});

test('a backend that never came up is not waited for, and its reason is told', async () => {
  const absent = new MemoryDriver();
  const life = await startLifecycle({
    drivers: { absent },
    startDrivers: false,
    settings: { patienceMs: 60_000 },
  });
  absent.failToStart('tgtd does not answer');
  await expect(life.services.volumes.create(user, volumeRequest())).rejects.toMatchObject({
    kind: 'NoValidBackend',
    message: expect.stringContaining('absent: its driver is backing-off (tgtd does not answer)'),
  });
});

test('a create that waits for a backend ends as soon as its start has failed', async () => {
  const late = new MemoryDriver();
  const life = await startLifecycle({
    drivers: { late },
    startDrivers: false,
    settings: { patienceMs: 60_000 },
  });
  late.comeBack('starting');
  const { id } = await life.services.volumes.create(user, volumeRequest());
  late.failToStart('tgtd does not answer');
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringMatching(/^NoValidBackend: .*tgtd does not answer/),
  });
});

test('a volume of a snapshot stays on the backend of its source, or is refused with that reason', async () => {
  const small = new MemoryDriver();
  small.capacityGib = 1;
  const life = await startLifecycle({ drivers: { small, large: new MemoryDriver() } });
  const { id } = await life.services.volumes.create(
    admin,
    volumeRequest({ schedulerHints: { host: 'host@small' } }),
  );
  await life.idle();
  const snapshot = await life.services.snapshots.create(admin, {
    volumeId: id,
    displayName: null,
    displayDescription: null,
    metadata: {},
    force: false,
  });
  await life.idle();
  await expect(makeVolume(life, { snapshotId: snapshot.id })).rejects.toThrow(
    /small#pool: 1 GiB are asked for, 0 GiB are free; large: the source is on another backend/,
  );
});

test('a multiattach volume goes only where that can be done', async () => {
  const driver = new MemoryDriver();
  driver.multiattach = false;
  const life = await startLifecycle({ drivers: { memory: driver } });
  await expect(makeVolume(life, { multiattach: true })).rejects.toThrow(
    /cannot attach one volume several times/,
  );
});
