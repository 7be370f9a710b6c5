import { type Bytes, ContractError, gibToBytes } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { nothingLeft, startThick, volumeInUse } from '../fixtures/cloneInUse.ts';
import {
  admin,
  connectorOf,
  type Lifecycle,
  makeVolume,
  startLifecycle,
  user,
  volumeRequest,
} from '../fixtures/lifecycle.ts';

async function takeSnapshot(life: Lifecycle, volumeId: string, force = false) {
  const { id } = await life.services.snapshots.create(user, {
    volumeId,
    displayName: 'snap',
    displayDescription: null,
    metadata: { a: '1' },
    force,
  });
  await life.idle();
  return life.services.snapshots.get(user, id);
}

test('a snapshot is taken, a larger volume made of it, and it is deleted', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const snapshot = await takeSnapshot(life, volume.id);
  expect(snapshot).toMatchObject({
    status: 'available',
    progress: 100,
    volumeSize: volume.size,
    metadata: { a: '1' },
  });
  const made = await makeVolume(life, { snapshotId: snapshot.id, size: gibToBytes(3) as Bytes });
  expect(made).toMatchObject({
    status: 'available',
    snapshotId: snapshot.id,
    size: gibToBytes(3),
    host: volume.host,
  });
  await life.services.snapshots.delete(user, snapshot.id, { force: false });
  await life.idle();
  await expect(life.services.snapshots.get(user, snapshot.id)).rejects.toMatchObject({
    kind: 'SnapshotNotFound',
  });
  expect(life.driver.holdings.snapshots.size).toBe(0);
});

test('an attached volume is snapshotted only by force, and its driver is told', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await life.services.volumes.attach(user, volume.id, {
    instanceId: null,
    hostName: 'a',
    mountpoint: '/dev/sdb',
    mode: 'rw',
  });
  await expect(takeSnapshot(life, volume.id)).rejects.toThrow(/is in-use and can be snapshotted only when/);
  expect(await takeSnapshot(life, volume.id, true)).toMatchObject({ status: 'available' });
  expect(life.driver.calls.at(-1)?.params).toMatchObject({ snapshot: { volumeInUse: true } });
});

test('a volume that is connected without an attachment is copied as one in use, whatever its status says', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' });
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
  await takeSnapshot(life, volume.id);
  expect(life.driver.calls.at(-1)?.params).toMatchObject({ snapshot: { volumeInUse: true } });
  await makeVolume(life, { sourceVolumeId: volume.id });
  expect(life.driver.calls.findLast(({ name }) => name === 'createClonedVolume')?.params).toMatchObject({
    sourceInUse: true,
  });
});

test('a snapshot that the store cannot take is in error and can be deleted; one it took stays on record', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const taken = await takeSnapshot(life, volume.id);
  const unable = () => {
    throw new ContractError('UNIMPLEMENTED', 'this store has no snapshots');
  };
  life.driver.before.set('createSnapshot', unable);
  life.driver.before.set('deleteSnapshot', unable);
  const snapshot = await takeSnapshot(life, volume.id);
  expect(snapshot.status).toBe('error');
  expect(snapshot.failure).not.toContain('Clean-up');
  for (const { id } of [snapshot, taken]) await life.services.snapshots.delete(user, id, { force: false });
  await life.idle();
  await expect(life.services.snapshots.get(user, snapshot.id)).rejects.toMatchObject({
    kind: 'SnapshotNotFound',
  });
  expect(await life.services.snapshots.get(user, taken.id)).toMatchObject({ status: 'error_deleting' });
});

test('a snapshot that fails is in error, with the reason, and nothing of it is left', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  life.driver.after.set('createSnapshot', () => {
    throw new ContractError('NO_SPACE', 'full');
  });
  const snapshot = await takeSnapshot(life, volume.id);
  expect(snapshot).toMatchObject({ status: 'error', failure: expect.stringContaining('full') });
  expect(life.driver.holdings.snapshots.size).toBe(0);
  await life.services.snapshots.delete(user, snapshot.id, { force: false });
  await life.idle();
  await expect(life.services.snapshots.get(user, snapshot.id)).rejects.toMatchObject({
    kind: 'SnapshotNotFound',
  });
});

test('a busy snapshot goes back to available', async () => {
  const life = await startLifecycle();
  const snapshot = await takeSnapshot(life, (await makeVolume(life)).id);
  life.driver.before.set('deleteSnapshot', () => {
    throw new ContractError('SNAPSHOT_IS_BUSY', 'clones need it');
  });
  await life.services.snapshots.delete(user, snapshot.id, { force: false });
  await life.idle();
  expect(await life.services.snapshots.get(user, snapshot.id)).toMatchObject({
    status: 'available',
    failure: expect.stringContaining('clones'),
  });
});

test('a snapshot of which a volume is being made is not deleted', async () => {
  const life = await startLifecycle();
  const snapshot = await takeSnapshot(life, (await makeVolume(life)).id);
  const { promise, resolve } = Promise.withResolvers<void>();
  life.driver.before.set('createVolumeFromSnapshot', () => promise);
  await life.services.volumes.create(user, volumeRequest({ snapshotId: snapshot.id }));
  await expect(life.services.snapshots.delete(user, snapshot.id, { force: false })).rejects.toMatchObject({
    kind: 'InvalidSnapshot',
    message: expect.stringContaining('a volume is being made of it'),
  });
  resolve();
  await life.idle();
});

test('a snapshot in error makes no volume', async () => {
  const life = await startLifecycle();
  const snapshot = await takeSnapshot(life, (await makeVolume(life)).id);
  await life.services.snapshots.resetStatus(admin, snapshot.id, 'error');
  await expect(makeVolume(life, { snapshotId: snapshot.id })).rejects.toMatchObject({
    kind: 'InvalidSnapshot',
  });
});

test('of many deletions at once exactly one is accepted', async () => {
  const life = await startLifecycle();
  const snapshot = await takeSnapshot(life, (await makeVolume(life)).id);
  const results = await Promise.allSettled(
    [1, 2, 3, 4, 5].map(() => life.services.snapshots.delete(user, snapshot.id, { force: false })),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await life.idle();
  expect(life.driver.count('deleteSnapshot')).toBe(1);
});

test('a volume is not attached while its snapshot is being taken', async () => {
  const life = await startLifecycle({ settings: { lockTimeoutMs: 20 } });
  const volume = await makeVolume(life);
  const { promise, resolve } = Promise.withResolvers<void>();
  life.driver.before.set('createSnapshot', () => promise);
  await life.services.snapshots.create(user, {
    volumeId: volume.id,
    displayName: null,
    displayDescription: null,
    metadata: {},
    force: false,
  });
  await expect(
    life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' }),
  ).rejects.toMatchObject({
    code: 'ABORTED',
    message: expect.stringContaining('snapshot.create'),
  });
  resolve();
  await life.idle();
  expect(
    await life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' }),
  ).toBeDefined();
});

test('a snapshot that a deletion has wiped in part does not become available when the next one is refused', async () => {
  const life = await startThick();
  const volume = await volumeInUse(life);
  const { id } = await takeSnapshot(life, volume.id, true);
  const { mover } = life.deps;
  const wipe = mover.wipe.bind(mover);
  const broken = () => Promise.reject(new ContractError('BACKEND_ERROR', 'the disk is on fire'));
  Object.assign(mover, { wipe: broken });
  const deleteIt = async () => {
    await life.services.snapshots.delete(user, id, { force: false });
    await life.idle();
  };
  await deleteIt();
  const failed = { status: 'error_deleting', failure: expect.stringContaining('on fire') };
  expect(await life.services.snapshots.get(user, id)).toMatchObject(failed);
  await expect(life.services.snapshots.resetStatus(admin, id, 'available')).rejects.toThrow(
    /holds what a wipe has left unfinished .*: delete it/,
  );
  Object.assign(mover, { wipe });
  life.faults([{ operation: 'deleteSnapshot', action: 'fail', code: 'SNAPSHOT_IS_BUSY' }]);
  await deleteIt();
  expect(await life.services.snapshots.get(user, id)).toMatchObject({ status: 'error_deleting' });
  life.faults([]);
  await deleteIt();
  await nothingLeft(life);
});

test('a snapshot that was in error before its deletion was refused is not available after it', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const { id } = await takeSnapshot(life, volume.id);
  await life.services.snapshots.resetStatus(admin, id, 'error');
  life.driver.before.set('deleteSnapshot', () => {
    throw new ContractError('SNAPSHOT_IS_BUSY', 'in use');
  });
  await life.services.snapshots.delete(user, id, { force: false });
  await life.idle();
  expect(await life.services.snapshots.get(user, id)).toMatchObject({ status: 'error_deleting' });
});

test('what a cascade has left half wiped of a snapshot is marked as that of the snapshot, until it is gone', async () => {
  const life = await startThick();
  const volume = await volumeInUse(life);
  const { id } = await takeSnapshot(life, volume.id, true);
  await life.services.volumes.terminateConnection(user, volume.id, connectorOf('guest'), { force: false });
  const cascade = async () => {
    await life.services.volumes.delete(user, volume.id, { cascade: true, force: false });
    await life.idle();
  };
  const marked = async (of: string) => (await life.deps.state.dirty.ofObject(of)).length;
  const { mover } = life.deps;
  const wipe = mover.wipe.bind(mover);
  Object.assign(mover, { wipe: () => Promise.reject(new ContractError('BACKEND_ERROR', 'on fire')) });
  await cascade();
  expect([await marked(id), await marked(volume.id)]).toEqual([1, 0]);
  Object.assign(mover, { wipe });
  life.faults([{ operation: 'removeExport', action: 'fail' }]);
  await cascade();
  expect([await marked(id), await marked(volume.id)]).toEqual([0, 0]);
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'error_deleting' });
});
