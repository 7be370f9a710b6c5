import { bytes, ContractError } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { serviceProject } from '../../src/model/index.ts';
import { removeLeftMoments } from '../../src/volumes/removeLeftMoments.ts';
import { randomText, writeAt } from '../fixtures/backups.ts';
import {
  beginClone,
  contentOf,
  holdBack,
  holdCopies,
  nothingLeft,
  objectsOf,
  snapshotsLeft,
  snapshotsShown,
  startAgain,
  startThick,
  volumeInUse,
} from '../fixtures/cloneInUse.ts';
import { admin, connectorOf, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';

const plain = { cascade: false, force: false };

test('a volume in use that cannot be cloned at once: its clone has the bytes of one moment, and no snapshot stays', async () => {
  // No user may have a snapshot, so that none of them is the user's.
  const life = await startThick({ settings: { maxSnapshots: 0 } });
  const source = await volumeInUse(life);
  const before = contentOf(life, source);
  const { untilCopying, goOn } = holdCopies(life);
  const id = await beginClone(life, source.id);
  await untilCopying();
  writeAt(life.fileOf(source), 0, randomText(2, source.size));
  expect(await snapshotsLeft(life)).toMatchObject({ records: ['creating'], objects: [expect.any(String)] });
  expect([await snapshotsShown(life, 'user'), await snapshotsShown(life, 'admin')]).toEqual([0, 1]);
  await expect(life.services.volumes.delete(user, source.id, { ...plain, cascade: true })).rejects.toThrow(
    /in use|being cloned|may still reach it/,
  );
  // The guest goes away meanwhile, and does not wait for the copy.
  await life.services.volumes.terminateConnection(user, source.id, connectorOf('guest'), { force: false });
  expect(await life.services.volumes.get(user, id)).toMatchObject({ status: 'creating' });
  goOn();
  await life.idle();
  const clone = await life.services.volumes.get(user, id);
  expect(clone).toMatchObject({
    status: 'available',
    failure: null,
    size: source.size,
    sourceVolumeId: source.id,
    snapshotId: null,
  });
  expect(contentOf(life, clone)).toBe(before);
  expect(contentOf(life, source)).not.toBe(before);
  await nothingLeft(life);
  expect(await life.deps.state.dirty.ofObject(id)).toEqual([]);
  await life.services.volumes.delete(user, source.id, plain);
  await life.idle();
  expect(contentOf(life, clone)).toBe(before);
});

test('while its bytes are copied the source is neither extended nor deleted, whatever becomes of the clone', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  const before = contentOf(life, source);
  const { untilCopying, goOn } = holdCopies(life);
  const id = await beginClone(life, source.id);
  await untilCopying();
  await life.services.volumes.terminateConnection(user, source.id, connectorOf('guest'), { force: false });
  const cloned = /a volume is being cloned from it: wait until that is done/;
  const larger = bytes(2 * source.size);
  await expect(life.services.volumes.extend(user, source.id, larger, { allowInUse: false })).rejects.toThrow(
    cloned,
  );
  await life.services.volumes.delete(admin, id, { cascade: false, force: true });
  await expect(life.services.volumes.delete(user, source.id, plain)).rejects.toThrow(cloned);
  goOn();
  await life.idle();
  await expect(life.services.volumes.get(user, id)).rejects.toThrow(/could not be found/);
  expect(contentOf(life, source)).toBe(before);
  await nothingLeft(life);
  await life.services.volumes.delete(user, source.id, plain);
  await life.idle();
  expect(await objectsOf(life)).toEqual([0, 0]);
});

test('a volume in use that its driver clones at once is cloned so: no snapshot is taken', async () => {
  const life = await startLifecycle();
  const source = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, source.id, connectorOf('guest'));
  const clone = await makeVolume(life, { sourceVolumeId: source.id });
  expect(clone).toMatchObject({ status: 'available', failure: null });
  expect(life.driver.count('createSnapshot')).toBe(0);
  expect(life.driver.calls.find(({ name }) => name === 'createClonedVolume')?.params).toMatchObject({
    sourceInUse: true,
  });
});

test('a driver without clones has one made of a snapshot; one without snapshots either says why it cannot be', async () => {
  const life = await startLifecycle();
  life.driver.omit('createClonedVolume');
  const source = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, source.id, connectorOf('guest'));
  expect(await makeVolume(life, { sourceVolumeId: source.id })).toMatchObject({ status: 'available' });
  expect(life.driver.holdings.snapshots.size).toBe(0);
  expect(life.driver.count('createSnapshot')).toBe(1);
  expect(life.driver.count('deleteSnapshot')).toBe(1);
  life.driver.omit('createSnapshot');
  expect(await makeVolume(life, { sourceVolumeId: source.id })).toMatchObject({
    status: 'error',
    failure: expect.stringContaining('is in use, and a volume there is copied byte by byte'),
  });
});

test('where no snapshot can be taken either, the clone fails with both reasons and leaves nothing', async () => {
  const life = await startThick({ driver: { fake_instant_snapshots: false } });
  const source = await volumeInUse(life);
  const id = await beginClone(life, source.id);
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringMatching(/is in use.*and no snapshot could be taken.*is in use/),
  });
  await nothingLeft(life);
});

test('a snapshot of that name that is not the clone’s is not touched', async () => {
  const life = await startLifecycle();
  life.driver.omit('createClonedVolume');
  const source = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, source.id, connectorOf('guest'));
  life.driver.before.set('createSnapshot', () => {
    throw new ContractError('ALREADY_EXISTS', 'that name is taken');
  });
  const clone = await makeVolume(life, { sourceVolumeId: source.id });
  expect(clone).toMatchObject({ status: 'error', failure: expect.stringContaining('that name is taken') });
  expect(life.driver.count('deleteSnapshot')).toBe(0);
  expect(await life.deps.state.snapshots.ofProject(serviceProject)).toEqual([]);
});

test('a clone that the driver cannot make of the snapshot fails as any other, and the snapshot is gone', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  life.faults([{ operation: 'createVolumeFromSnapshot', action: 'fail', code: 'NO_SPACE', message: 'full' }]);
  const id = await beginClone(life, source.id);
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringContaining('full'),
  });
  await nothingLeft(life);
});

test('a clone whose copy fails, or is cancelled, is undone with its snapshot', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  const { untilCopying } = holdCopies(life);
  const cancelled = await beginClone(life, source.id);
  await untilCopying();
  await life.services.volumes.cancel(user, cancelled);
  expect(await life.services.volumes.get(user, cancelled)).toMatchObject({ status: 'error' });
  await nothingLeft(life);
  Object.assign(life.deps.mover, {
    copy: () => Promise.reject(new ContractError('BACKEND_ERROR', 'the disk is on fire')),
  });
  const failed = await beginClone(life, source.id);
  await life.idle();
  expect(await life.services.volumes.get(user, failed)).toMatchObject({
    status: 'error',
    failure: expect.stringContaining('the disk is on fire'),
  });
  await nothingLeft(life);
});

test('when the clone fails and its snapshot cannot be removed, the first error stays the error; the next start removes it', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  life.faults([
    { operation: 'createVolumeFromSnapshot', action: 'fail', code: 'NO_SPACE', message: 'full' },
    { operation: 'deleteSnapshot', action: 'fail', code: 'BACKEND_ERROR', message: 'stuck' },
  ]);
  const id = await beginClone(life, source.id);
  await life.idle();
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringMatching(/^InsufficientFreeSpace: full.*Clean-up also failed: .*stuck/),
  });
  expect((await snapshotsLeft(life)).records).toEqual(['error_deleting']);
  expect(await snapshotsShown(life, 'user')).toBe(0);
  life.faults([]);
  await removeLeftMoments(life.deps);
  await life.idle();
  await nothingLeft(life);
});

test('when only the snapshot cannot be removed the clone is good; it is said, and tried again later', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  const before = contentOf(life, source);
  life.faults([{ operation: 'deleteSnapshot', action: 'fail', code: 'BACKEND_ERROR', message: 'stuck' }]);
  const id = await beginClone(life, source.id);
  await life.idle();
  const clone = await life.services.volumes.get(user, id);
  expect(clone).toMatchObject({ status: 'available', failure: null });
  expect(contentOf(life, clone)).toBe(before);
  expect(life.logged.join('\n')).toMatch(/stuck.*tried again within the hour/);
  const left = () => life.deps.state.snapshots.ofProject(serviceProject);
  expect(await left()).toMatchObject([
    { status: 'error_deleting', failure: expect.stringContaining('stuck') },
  ]);
  await removeLeftMoments(life.deps);
  await life.idle();
  expect(await left()).toMatchObject([
    { status: 'error_deleting', failure: expect.stringContaining('stuck') },
  ]);
  life.faults([]);
  await removeLeftMoments(life.deps);
  await life.idle();
  await nothingLeft(life);
});

test('a snapshot that could not be removed does not keep its volume: it goes with it, without cascade', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  life.faults([{ operation: 'deleteSnapshot', action: 'fail', code: 'BACKEND_ERROR', message: 'stuck' }]);
  await beginClone(life, source.id);
  await life.idle();
  expect((await snapshotsLeft(life)).records).toEqual(['error_deleting']);
  life.faults([]);
  await life.services.volumes.terminateConnection(user, source.id, connectorOf('guest'), { force: false });
  await life.services.volumes.delete(user, source.id, plain);
  await life.idle();
  await expect(life.services.volumes.get(user, source.id)).rejects.toMatchObject({ kind: 'VolumeNotFound' });
  await nothingLeft(life);
});

test.each([
  { ends: 'well', faults: [{ action: 'delay', ms: 1_500, times: 1 }] },
  {
    ends: 'badly',
    faults: [
      { action: 'delay', ms: 1_500, times: 1 },
      { action: 'fail', times: 1 },
    ],
  },
])(
  'a snapshot whose own deletion is under way, and ends $ends, does not keep its volume either',
  async ({ faults }) => {
    const life = await startThick();
    const source = await volumeInUse(life);
    life.faults([{ operation: 'deleteSnapshot', action: 'fail' }]);
    await beginClone(life, source.id);
    await life.idle();
    await life.services.volumes.terminateConnection(user, source.id, connectorOf('guest'), { force: false });
    const [{ id: snapshotId = '' } = {}] = await life.deps.state.snapshots.ofVolume(source.id);
    life.faults(faults.map((fault) => ({ operation: 'deleteSnapshot', ...fault })));
    await removeLeftMoments(life.deps);
    expect((await snapshotsLeft(life)).records).toEqual(['deleting']);
    await life.services.volumes.delete(user, source.id, plain);
    await life.idle();
    await expect(life.services.volumes.get(user, source.id)).rejects.toMatchObject({
      kind: 'VolumeNotFound',
    });
    await nothingLeft(life);
    expect(await life.deps.state.dirty.ofObject(snapshotId)).toEqual([]);
  },
);

/** Where a stop comes: there the driver's answer never comes. Beside each, the volumes and snapshots that it has by then. */
const places = [
  { operation: 'createClonedVolume', when: 'before', has: [1, 0] },
  { operation: 'createSnapshot', when: 'before', has: [1, 0] },
  { operation: 'createSnapshot', when: 'after', has: [1, 1] },
  { operation: 'createVolumeFromSnapshot', when: 'before', has: [1, 1] },
  { operation: 'createVolumeFromSnapshot', when: 'after', has: [2, 1] },
  { operation: 'deleteSnapshot', when: 'before', has: [2, 1] },
  { operation: 'deleteSnapshot', when: 'after', has: [2, 0] },
] as const;

test.each(places)(
  'a stop $when $operation: the next start goes on, and the snapshot is gone',
  async (place) => {
    const { has, ...moment } = place;
    // Without wiping, a snapshot is gone by the first request.
    const driver = { volume_clear: 'none' };
    const life = await startThick({ driver });
    const source = await volumeInUse(life);
    const before = contentOf(life, source);
    const { untilHeld } = holdBack(life, moment);
    const id = await beginClone(life, source.id);
    await untilHeld();
    expect(await objectsOf(life)).toEqual(has);
    await life.stop();
    const next = await startAgain(life, { driver }, async ({ services }) =>
      expect(await services.volumes.get(user, id)).toMatchObject({ status: 'creating' }),
    );
    const clone = await next.services.volumes.get(user, id);
    expect(clone).toMatchObject({ status: 'available', failure: null });
    expect(contentOf(next, clone)).toBe(before);
    await nothingLeft(next);
  },
);

test('a stop while the clone is copied: the next start goes on from the same moment', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  const before = contentOf(life, source);
  const { untilCopying } = holdCopies(life);
  const id = await beginClone(life, source.id);
  await untilCopying();
  writeAt(life.fileOf(source), 0, randomText(3, source.size));
  await life.stop();
  const next = await startAgain(life);
  const clone = await next.services.volumes.get(user, id);
  expect(clone).toMatchObject({ status: 'available', failure: null });
  expect(contentOf(next, clone)).toBe(before);
  await nothingLeft(next);
});

test('a stop while a failed clone is undone: the next start undoes the rest', async () => {
  const life = await startThick();
  const source = await volumeInUse(life);
  life.faults([{ operation: 'createVolumeFromSnapshot', action: 'fail', code: 'NO_SPACE', message: 'full' }]);
  const { untilHeld } = holdBack(life, { operation: 'deleteSnapshot', when: 'before' });
  const id = await beginClone(life, source.id);
  await untilHeld();
  await life.stop();
  const next = await startAgain(life);
  expect(await next.services.volumes.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringContaining('full'),
  });
  await nothingLeft(next);
});
