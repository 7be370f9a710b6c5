import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bytes, bytes, ContractError, gibToBytes, type Work } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { admin, eventually, makeVolume, startLifecycle, user, volumeRequest } from '../fixtures/lifecycle.ts';
import { MemoryDriver } from '../fixtures/memoryDriver.ts';

test('a blank volume is creating at once and available soon, with what its driver wanted recorded', async () => {
  const life = await startLifecycle();
  const accepted = await life.services.volumes.create(user, volumeRequest({ metadata: { a: 'b' } }));
  expect(accepted).toMatchObject({
    status: 'creating',
    host: 'host@memory#pool',
    backendName: `volume-${accepted.id}`,
  });
  await life.idle();
  expect(await life.services.volumes.get(user, accepted.id)).toMatchObject({
    status: 'available',
    providerId: `id-volume-${accepted.id}`,
    metadata: { a: 'b' },
    failure: null,
  });
  expect(life.driver.holdings.volumes.get(accepted.backendName)).toBe(gibToBytes(1));
});

test('when the driver fails, what it half made is removed and the volume says why', async () => {
  const life = await startLifecycle();
  life.driver.after.set('createVolume', () => {
    throw new ContractError('BACKEND_ERROR', 'the array is on fire');
  });
  const volume = await makeVolume(life);
  expect(volume).toMatchObject({ status: 'error' });
  expect(volume.failure).toContain('the array is on fire');
  expect(life.driver.holdings.volumes.size).toBe(0);
  await life.services.volumes.delete(user, volume.id, { cascade: false, force: false });
  await life.idle();
  await expect(life.services.volumes.get(user, volume.id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
});

test('an object of that name that is not ours is never deleted', async () => {
  const life = await startLifecycle();
  life.driver.before.set('createVolume', () => {
    throw new ContractError('ALREADY_EXISTS', 'another object has that name');
  });
  expect(await makeVolume(life)).toMatchObject({ status: 'error' });
  expect(life.driver.count('deleteVolume')).toBe(0);
});

test('a driver that crashes in the middle is waited for, and the same request repeated', async () => {
  const life = await startLifecycle();
  let crashed = false;
  life.driver.after.set('createVolume', () => {
    if (crashed) return;
    crashed = true;
    life.driver.crash();
    setImmediate(() => life.driver.comeBack());
  });
  const volume = await makeVolume(life);
  expect(volume.status).toBe('available');
  const creates = life.driver.calls.filter(({ name }) => name === 'createVolume');
  expect(creates.map(({ attempt }) => attempt)).toEqual([1, 2]);
  expect(new Set(creates.map(({ requestId }) => requestId)).size).toBe(1);
});

test('a driver that crashes and stays away ends in error with the reason, never in creating', async () => {
  const life = await startLifecycle({ settings: { patienceMs: 50, requestPatienceMs: 10 } });
  life.driver.before.set('createVolume', () => life.driver.crash());
  const volume = await makeVolume(life);
  expect(volume.status).toBe('error');
  expect(volume.failure).toMatch(/ended while the request was under way.*backing-off/);
});

test('a backend that is only starting is waited for', async () => {
  const driver = new MemoryDriver();
  const life = await startLifecycle({ drivers: { memory: driver }, startDrivers: false });
  driver.crash();
  const { id, host } = await life.services.volumes.create(user, volumeRequest());
  expect(host).toBeNull();
  driver.comeBack();
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'available',
    host: 'host@memory#pool',
  });
});

test('a request that fits nowhere is refused with one reason per pool and leaves no trace', async () => {
  const life = await startLifecycle({ drivers: { one: new MemoryDriver(), two: new MemoryDriver() } });
  const { id: goldId } = await life.services.types.create(admin, {
    name: 'silver',
    description: null,
    isPublic: true,
    extraSpecs: { tier: 'silver' },
  });
  await expect(life.services.volumes.create(user, volumeRequest({ volumeType: goldId }))).rejects.toThrow(
    /one#pool: its tier is gold, the type asks for silver; two#pool: /,
  );
  await expect(
    life.services.volumes.create(user, volumeRequest({ size: gibToBytes(5_000) as Bytes })),
  ).rejects.toMatchObject({
    kind: 'NoValidBackend',
    message: expect.stringContaining('5000 GiB are asked for, 1000 GiB are free'),
  });
  expect(await life.deps.state.volumes.usage(null)).toMatchObject({ count: 0 });
  expect(await life.deps.state.journal.unfinished()).toEqual([]);
});

test('a burst does not promise more than there is', async () => {
  const life = await startLifecycle();
  life.driver.capacityGib = 5;
  await life.deps.backends.all[0]?.refreshStats();
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, () => life.services.volumes.create(user, volumeRequest())),
  );
  await life.idle();
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  const { items } = await life.services.volumes.list(user, {
    allProjects: false,
    limit: null,
    offset: 0,
    marker: null,
    sort: [],
    filters: {},
    likeFilters: {},
    metadata: {},
    timeFilters: [],
  });
  expect(items.map(({ status }) => status)).toEqual(Array(5).fill('available'));
});

test('freed capacity can be promised again at once', async () => {
  const life = await startLifecycle();
  life.driver.capacityGib = 1;
  await life.deps.backends.all[0]?.refreshStats();
  const first = await makeVolume(life);
  await expect(makeVolume(life)).rejects.toMatchObject({ kind: 'NoValidBackend' });
  await life.services.volumes.delete(user, first.id, { cascade: false, force: false });
  await life.idle();
  expect(await makeVolume(life)).toMatchObject({ status: 'available' });
});

test.each([
  [{ size: null }, 'InvalidInput', /needs a size/],
  [{ size: 0 as Bytes }, 'InvalidInput', /above 0/],
  [{ size: bytes(1_000) }, 'InvalidInput', /multiple of 512/],
  [{ availabilityZone: 'mars' }, 'InvalidInput', /"mars" is invalid/],
  [{ volumeType: 'none' }, 'VolumeTypeNotFound', /none/],
  [{ sourceVolumeId: crypto.randomUUID() }, 'VolumeNotFound', /could not be found/],
  [{ snapshotId: crypto.randomUUID() }, 'SnapshotNotFound', /could not be found/],
  [{ snapshotId: 'a', sourceVolumeId: 'b' }, 'InvalidInput', /one source/],
] as const)('bad request %j is refused', async (change, kind, message) => {
  const life = await startLifecycle();
  await expect(life.services.volumes.create(user, volumeRequest(change))).rejects.toMatchObject({
    kind,
    message: expect.stringMatching(message),
  });
});

/** A driver whose clones are copies that the service has to make, of real files. */
async function copyingLifecycle() {
  const life = await startLifecycle();
  const directory = mkdtempSync(join(tmpdir(), 'scoria-copy-'));
  const path = (name: string) => join(directory, name);
  life.driver.after.set('createVolume', (params) => {
    const { volume } = params as { volume: { name: string } };
    writeFileSync(path(volume.name), `content of ${volume.name}`.padEnd(8_192, '.'));
  });
  const endpoint = (name: string) => {
    const { dev, ino } = statSync(path(name), { bigint: true });
    return {
      path: path(name),
      identity: { type: 'inode' as const, dev: `${dev}`, ino: `${ino}` },
      offset: bytes(0),
    };
  };
  life.driver.work = (source, destination): Work[] => {
    writeFileSync(path(destination), Buffer.alloc(8_192));
    return [
      {
        kind: 'copy',
        source: endpoint(source),
        destination: endpoint(destination),
        length: bytes(8_192),
        destinationIsZero: true,
      },
    ];
  };
  return { life, read: (name: string) => readFileSync(path(name), 'utf8') };
}

test('a clone gets the bytes of its source by the data mover, before it is available', async () => {
  const { life, read } = await copyingLifecycle();
  const source = await makeVolume(life);
  const clone = await makeVolume(life, { sourceVolumeId: source.id, size: null });
  expect(clone).toMatchObject({ status: 'available', size: source.size, sourceVolumeId: source.id });
  expect(read(clone.backendName)).toBe(read(source.backendName));
  expect(read(clone.backendName)).toContain(source.backendName);
});

test('a clone whose copy fails is in error, says so, and leaves nothing on the backend', async () => {
  const { life } = await copyingLifecycle();
  const source = await makeVolume(life);
  const named = life.driver.work;
  life.driver.work = (from, to) =>
    named(from, to).map((piece) =>
      piece.kind === 'copy'
        ? { ...piece, source: { ...piece.source, identity: { type: 'inode' as const, dev: '1', ino: '1' } } }
        : piece,
    );
  const clone = await makeVolume(life, { sourceVolumeId: source.id });
  expect(clone).toMatchObject({ status: 'error', failure: expect.stringContaining('DeviceUnavailable') });
  expect(life.driver.holdings.volumes.has(clone.backendName)).toBe(false);
});

test('a clone smaller than its source is refused', async () => {
  const life = await startLifecycle();
  const source = await makeVolume(life, { size: gibToBytes(2) as Bytes });
  await expect(
    life.services.volumes.create(user, volumeRequest({ sourceVolumeId: source.id })),
  ).rejects.toMatchObject({
    kind: 'InvalidInput',
    message: expect.stringContaining('smaller than its source'),
  });
});

test('a source cannot be deleted while it is being cloned, and can afterwards', async () => {
  const life = await startLifecycle();
  const source = await makeVolume(life);
  const { promise, resolve } = Promise.withResolvers<void>();
  life.driver.before.set('createClonedVolume', () => promise);
  await life.services.volumes.create(user, volumeRequest({ sourceVolumeId: source.id }));
  await expect(
    life.services.volumes.delete(user, source.id, { cascade: false, force: false }),
  ).rejects.toMatchObject({ kind: 'InvalidVolume', message: expect.stringContaining('being cloned') });
  resolve();
  await life.idle();
  await life.services.volumes.delete(user, source.id, { cascade: false, force: false });
  await life.idle();
  await expect(life.services.volumes.get(user, source.id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
});

test('a create that a stop interrupted is finished by the next start', async () => {
  const driver = new MemoryDriver();
  const first = await startLifecycle({ drivers: { memory: driver } });
  driver.after.set('createVolume', () => new Promise<void>(() => undefined));
  const { id } = await first.services.volumes.create(user, volumeRequest());
  await eventually(() => expect(driver.holdings.volumes.size).toBe(1));
  await first.stop();
  driver.after.clear();
  const second = await startLifecycle({ drivers: { memory: driver }, path: first.path });
  expect(await second.services.volumes.get(user, id)).toMatchObject({ status: 'creating' });
  (await second.deps.journal.prepareRecovery()).start();
  await second.idle();
  expect(await second.services.volumes.get(user, id)).toMatchObject({ status: 'available' });
  expect(driver.holdings.volumes.size).toBe(1);
});

test('no secret of an initiator reaches the log', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const info = await life.services.volumes.initializeConnection(user, volume.id, {
    initiator: 'iqn.2020-01.a:b',
  });
  const password = info.driver_volume_type === 'iscsi' ? info.data.auth_password?.reveal() : undefined;
  expect(password).toBeTypeOf('string');
  expect(life.logged.join('')).not.toContain(password);
});

test('of many requests at once no more are accepted than the quota allows', async () => {
  const life = await startLifecycle({ settings: { maxVolumes: 3, maxSnapshots: 2, maxGigabytes: 4 } });
  const accepted = async (requests: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(requests)).filter(({ status }) => status === 'fulfilled').length;
  const eight = Array.from({ length: 8 });
  expect(await accepted(eight.map(() => life.services.volumes.create(user, volumeRequest())))).toBe(3);
  await life.idle();
  const [first] = await life.deps.state.volumes.inStatus(['available']);
  const snapshot = () =>
    life.services.snapshots.create(user, {
      volumeId: first?.id ?? '',
      displayName: null,
      displayDescription: null,
      metadata: {},
      force: false,
    });
  expect(await accepted(eight.map(snapshot))).toBe(2);
});
