import { type Bytes, ContractError, gibToBytes } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import {
  admin,
  connectorOf,
  eventually,
  type Lifecycle,
  makeVolume,
  startLifecycle,
  user,
} from '../fixtures/lifecycle.ts';
import { MemoryDriver } from '../fixtures/memoryDriver.ts';

const plain = { cascade: false, force: false };
const forced = { cascade: false, force: true };

/** Begins to take a snapshot. */
const takeSnapshot = (life: Lifecycle, volumeId: string) =>
  life.services.snapshots.create(user, {
    volumeId,
    displayName: null,
    displayDescription: null,
    metadata: {},
    force: false,
  });

test('deleting removes the export before the volume, then the record', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  await life.services.volumes.delete(user, id, plain);
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status: 'deleting' });
  await life.idle();
  await expect(life.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
  const order = life.driver.calls
    .map(({ name }) => name)
    .filter((name) => /removeExport|deleteVolume/.test(name));
  expect(order).toEqual(['removeExport', 'deleteVolume']);
  expect(life.driver.holdings.volumes.size).toBe(0);
});

test('of many deletions at once exactly one is accepted', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => life.services.volumes.delete(user, id, plain)),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results)
    if (result.status === 'rejected')
      expect(result.reason.message).toMatch(/is deleting and can be deleted only when|could not be found/);
  await life.idle();
  expect(life.driver.count('deleteVolume')).toBe(1);
});

test('an attached volume is not deleted, whatever is asked', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  const connector = connectorOf('a');
  const { id: attachmentId } = await life.services.attachments.create(user, {
    volumeId: id,
    instanceId: null,
    connector,
    mode: 'rw',
  });
  await life.services.attachments.complete(user, attachmentId);
  await expect(life.services.volumes.delete(user, id, plain)).rejects.toThrow(
    /is in-use and can be deleted only when .*detach it first/,
  );
  await expect(life.services.volumes.delete(admin, id, forced)).rejects.toThrow(/has 1 attachment/);
  expect(life.driver.holdings.exports.size).toBe(1);
});

test('a volume that an initiator may still reach is not deleted; force cuts it off first', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, id, connectorOf('a'));
  await expect(life.services.volumes.delete(user, id, plain)).rejects.toThrow(/may still reach it/);
  await life.services.volumes.delete(admin, id, forced);
  await life.idle();
  expect(life.driver.holdings).toMatchObject({ volumes: new Map(), exports: new Set(), access: new Map() });
});

test('force is for administrators', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  await expect(life.services.volumes.delete(user, id, forced)).rejects.toMatchObject({ kind: 'Forbidden' });
});

test('snapshots prevent a deletion; cascade deletes them first', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  for (let index = 0; index < 2; index += 1) await takeSnapshot(life, id);
  await life.idle();
  await expect(life.services.volumes.delete(user, id, plain)).rejects.toThrow(/has 2 snapshot\(s\).*cascade/);
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  await life.idle();
  expect(life.driver.holdings.snapshots.size).toBe(0);
  await expect(life.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
});

test('a cascade that fails half-way leaves statuses that can be acted on, and can be repeated', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  for (let index = 0; index < 3; index += 1) await takeSnapshot(life, id);
  await life.idle();
  let calls = 0;
  life.driver.before.set('deleteSnapshot', () => {
    calls += 1;
    if (calls === 2) throw new ContractError('BACKEND_ERROR', 'cannot now');
  });
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error_deleting',
    failure: expect.stringContaining('cannot now'),
  });
  expect((await life.deps.state.snapshots.ofVolume(id)).map(({ status }) => status)).toEqual([
    'error_deleting',
    'error_deleting',
  ]);
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  await life.idle();
  await expect(life.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
});

/** A volume with a snapshot whose deletion is under way, and is held up at its driver until `goOn`. */
async function snapshotBeingDeleted(life: Lifecycle, failure?: ContractError) {
  const { id } = await makeVolume(life);
  const { id: snapshotId } = await takeSnapshot(life, id);
  await life.idle();
  const gate = Promise.withResolvers<void>();
  const statuses: (string | undefined)[] = [];
  life.driver.before.set('deleteSnapshot', async () => {
    statuses.push((await life.deps.state.snapshots.find(snapshotId))?.status);
    if (statuses.length > 1) return;
    await gate.promise;
    if (failure !== undefined) throw failure;
  });
  await life.services.snapshots.delete(user, snapshotId, { force: false });
  await eventually(() => expect(statuses).toEqual(['deleting']));
  return { id, snapshotId, statuses, goOn: gate.resolve };
}

test.each([
  { ends: 'well', failure: undefined, calls: 1 },
  { ends: 'with an error', failure: new ContractError('BACKEND_ERROR', 'not now'), calls: 2 },
  { ends: 'because it is busy', failure: new ContractError('SNAPSHOT_IS_BUSY', 'in use'), calls: 2 },
])(
  'cascade takes over a snapshot that is being deleted already, when that ends $ends',
  async ({ failure, calls }) => {
    const life = await startLifecycle();
    const { id, statuses, goOn } = await snapshotBeingDeleted(life, failure);
    await life.services.volumes.delete(user, id, { cascade: true, force: false });
    goOn();
    await life.idle();
    // Nobody can make a volume of it meanwhile.
    expect(statuses).toEqual(Array.from({ length: calls }, () => 'deleting'));
    await expect(life.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
    expect(life.driver.holdings).toMatchObject({ volumes: new Map(), snapshots: new Map() });
  },
);

test('a snapshot that two deletions could not delete can be deleted again', async () => {
  const life = await startLifecycle();
  const failure = new ContractError('BACKEND_ERROR', 'not now');
  const { id, snapshotId, goOn } = await snapshotBeingDeleted(life, failure);
  life.driver.before.set('deleteSnapshot', () => {
    throw failure;
  });
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  goOn();
  await life.idle();
  life.driver.before.clear();
  const status = 'error_deleting';
  expect(await life.services.snapshots.get(user, snapshotId)).toMatchObject({ status });
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status });
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  await life.idle();
  expect(life.driver.holdings).toMatchObject({ volumes: new Map(), snapshots: new Map() });
});

test('a cascade that is refused leaves a snapshot that was good as it was, and one that was not as bad', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  const [good, bad] = [await takeSnapshot(life, id), await takeSnapshot(life, id)];
  await life.idle();
  await life.services.snapshots.resetStatus(admin, bad.id, 'error');
  life.driver.before.set('deleteSnapshot', () => {
    throw new ContractError('SNAPSHOT_IS_BUSY', 'in use');
  });
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  await life.idle();
  const statusOf = async (of: { readonly id: string }) =>
    (await life.services.snapshots.get(user, of.id)).status;
  expect([await statusOf(good), await statusOf(bad)]).toEqual(['available', 'error_deleting']);
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status: 'available' });
});

test('a cascade has all of its snapshots before it deletes the first', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  const [, second] = [await takeSnapshot(life, id), await takeSnapshot(life, id)];
  await life.idle();
  const gate = Promise.withResolvers<void>();
  const seen: string[] = [];
  let calls = 0;
  life.driver.before.set('deleteSnapshot', async () => {
    calls += 1;
    seen.push(...(await life.deps.state.snapshots.ofVolume(id)).map(({ status }) => status));
    if (calls > 1) return;
    seen.length = 0;
    await gate.promise;
    throw new ContractError('SNAPSHOT_IS_BUSY', 'in use');
  });
  await life.services.snapshots.delete(user, second.id, { force: false });
  await life.services.volumes.delete(user, id, { cascade: true, force: false });
  gate.resolve();
  await life.idle();
  expect(calls).toBe(3);
  expect(new Set(seen)).toEqual(new Set(['deleting']));
});

test('a stop while a volume waits for the deletion of its snapshot: the next start finishes both', async () => {
  const driver = new MemoryDriver();
  const first = await startLifecycle({ drivers: { memory: driver } });
  const { id } = await snapshotBeingDeleted(first);
  await first.services.volumes.delete(user, id, { cascade: true, force: false });
  await first.stop();
  driver.before.clear();
  const second = await startLifecycle({ drivers: { memory: driver }, path: first.path });
  (await second.deps.journal.prepareRecovery()).start();
  await second.idle();
  await expect(second.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
  expect(driver.holdings).toMatchObject({ volumes: new Map(), snapshots: new Map() });
});

test('a busy volume goes back to available and says why', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  life.driver.before.set('deleteVolume', () => {
    throw new ContractError('VOLUME_IS_BUSY', 'it has dependants');
  });
  await life.services.volumes.delete(user, id, plain);
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'available',
    failure: expect.stringContaining('dependants'),
  });
});

test('an export that could not be removed keeps the volume', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  life.driver.before.set('removeExport', () => {
    throw new ContractError('REMOVE_EXPORT_FAILED', 'could not tell');
  });
  await life.services.volumes.delete(user, id, plain);
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status: 'error_deleting' });
  expect(life.driver.count('deleteVolume')).toBe(0);
});

test('a deletion that a stop interrupted is finished by the next start', async () => {
  const driver = new MemoryDriver();
  const first = await startLifecycle({ drivers: { memory: driver } });
  const { id } = await makeVolume(first);
  driver.before.set('deleteVolume', () => new Promise<void>(() => undefined));
  await first.services.volumes.delete(user, id, plain);
  await eventually(() => expect(driver.count('deleteVolume')).toBe(1));
  await first.stop();
  driver.before.clear();
  const second = await startLifecycle({ drivers: { memory: driver }, path: first.path });
  (await second.deps.journal.prepareRecovery()).start();
  await second.idle();
  await expect(second.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
  expect(driver.holdings.volumes.size).toBe(0);
});

test('a volume that never got a backend is deleted without one', async () => {
  const life = await startLifecycle({ settings: { patienceMs: 20 } });
  life.driver.crash();
  const { id } = await makeVolume(life);
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error',
    host: null,
    failure: expect.stringContaining('its driver is backing-off'),
  });
  await life.services.volumes.delete(user, id, plain);
  await life.idle();
  await expect(life.services.volumes.get(user, id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
});

test('extending: grows, refuses to shrink, and of two at once one wins', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  const to = (gib: number) => gibToBytes(gib) as Bytes;
  await expect(life.services.volumes.extend(user, id, to(1), { allowInUse: false })).rejects.toThrow(
    /never shrink/,
  );
  const results = await Promise.allSettled(
    [2, 3].map((gib) => life.services.volumes.extend(user, id, to(gib), { allowInUse: false })),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'available',
    size: to(2),
    previousStatus: null,
  });
});

test('an extension that fails is error_extending, and can be repeated', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  life.driver.before.set('extendVolume', () => {
    throw new ContractError('NO_SPACE', 'full');
  });
  await life.services.volumes.extend(user, id, gibToBytes(2), { allowInUse: false });
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error_extending',
    size: gibToBytes(1),
  });
  life.driver.before.clear();
  await life.services.volumes.extend(user, id, gibToBytes(2), { allowInUse: false });
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'available',
    size: gibToBytes(2),
    failure: null,
  });
});

test('an attached volume is extended only where that is allowed, and stays in use', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  await life.services.volumes.attach(user, id, {
    instanceId: null,
    hostName: 'a',
    mountpoint: '/dev/vdb',
    mode: 'rw',
  });
  await expect(life.services.volumes.extend(user, id, gibToBytes(2), { allowInUse: false })).rejects.toThrow(
    /is in-use/,
  );
  await life.services.volumes.extend(user, id, gibToBytes(2), { allowInUse: true });
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status: 'in-use', size: gibToBytes(2) });
});

test('a status that was reset meanwhile is left alone when the operation ends', async () => {
  const life = await startLifecycle();
  const { id } = await makeVolume(life);
  const { promise, resolve } = Promise.withResolvers<void>();
  life.driver.before.set('extendVolume', () => promise);
  await life.services.volumes.extend(user, id, gibToBytes(2), { allowInUse: false });
  await life.services.volumes.resetStatus(admin, id, { status: 'error' });
  resolve();
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status: 'error', size: gibToBytes(2) });
  await expect(life.services.volumes.resetStatus(user, id, { status: 'available' })).rejects.toMatchObject({
    kind: 'Forbidden',
  });
});

test('a volume that was never made whole does not become available because its deletion finds it busy', async () => {
  const life = await startLifecycle();
  life.driver.before.set('createVolume', () => {
    throw new ContractError('BACKEND_ERROR', 'half of it');
  });
  const { id, status } = await makeVolume(life);
  expect(status).toBe('error');
  life.driver.before.set('deleteVolume', () => {
    throw new ContractError('VOLUME_IS_BUSY', 'it has dependants');
  });
  await life.services.volumes.delete(user, id, plain);
  await life.idle();
  expect((await life.services.volumes.get(user, id)).status).toBe('error_deleting');
});

test('a second extension that a reset status let in never makes the record smaller than the volume', async () => {
  const life = await startLifecycle();
  const { id, backendName } = await makeVolume(life);
  const gate = Promise.withResolvers<void>();
  life.driver.before.set('extendVolume', () => gate.promise);
  const { volumes } = life.services;
  await volumes.extend(user, id, gibToBytes(3), { allowInUse: false });
  await volumes.resetStatus(admin, id, { status: 'available' });
  await volumes.extend(user, id, gibToBytes(2), { allowInUse: false });
  gate.resolve();
  await life.idle();
  expect(await volumes.get(user, id)).toMatchObject({ status: 'available', size: gibToBytes(3) });
  expect(life.driver.holdings.volumes.get(backendName)).toBe(gibToBytes(3));
});
