import { readdirSync } from 'node:fs';
import { ContractError } from '@scoria/core/contract';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  backupRequest,
  digestOf,
  listQuery,
  MIB,
  makeBackup,
  nothingTemporary,
  randomText,
  restoreRequest,
  restoreToNew,
  startBackups,
  takeSnapshot,
  writeAt,
  writtenVolume,
} from '../fixtures/backups.ts';
import { admin, eventually, user } from '../fixtures/lifecycle.ts';
import { noReflinks, reflinkDirectory } from '../fixtures/reflinks.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

/** Read and written at this rate, a volume of 48 MiB is in the middle of its work for a second and more. */
const slow = { bytesPerSecond: 32 * MIB };

/** A volume whose every block is there and is another. */
async function denseVolume(life: Awaited<ReturnType<typeof startBackups>>) {
  const volume = await writtenVolume(life, 48);
  for (let at = 0; at < 48; at += 4) writeAt(life.fileOf(volume), at * MIB, randomText(at, 4 * MIB));
  return volume;
}

/** Waits until some of the work on an object is done, and not all. */
async function inTheMiddle(life: Awaited<ReturnType<typeof startBackups>>, objectId: string): Promise<void> {
  await eventually(() => {
    const progress = life.services.progress.of(objectId);
    expect(progress?.doneBytes).toBeGreaterThan(0);
    expect(progress?.doneBytes).toBeLessThan(progress?.totalBytes ?? 0);
  });
}

test('deleting a backup that is being made cancels it: nothing is left of it, its volume is as before', async () => {
  const life = await startBackups(slow);
  const volume = await denseVolume(life);
  const { id } = await life.services.backups.create(user, backupRequest(volume.id));
  await inTheMiddle(life, id);
  expect(life.services.progress.of(volume.id)).toMatchObject({ operation: 'backup', totalBytes: 48 * MIB });
  await life.services.backups.delete(user, id, { force: false });
  expect(await life.services.backups.get(user, id)).toMatchObject({ status: 'deleting' });
  await life.idle();
  await expect(life.services.backups.get(user, id)).rejects.toMatchObject({ kind: 'BackupNotFound' });
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
  expect(life.services.progress.of(id)).toBeUndefined();
  expect(life.services.progress.of(volume.id)).toBeUndefined();
  const report = await life.deps.backups?.verify({});
  expect(report).toMatchObject({ backups: 0, problems: [], unreferenced: [] });
});

test('a backup that fails leaves nothing in the repository, also when its volume cannot be detached', async () => {
  const life = await startBackups(slow);
  const volume = await denseVolume(life);
  const { id } = await life.services.backups.create(user, backupRequest(volume.id));
  await inTheMiddle(life, id);
  const broken = () => Promise.reject(new ContractError('BACKEND_ERROR', 'the array is on fire'));
  Object.assign(life.deps.access, { release: broken });
  await life.deps.journal.cancel(id, ['backup.create'], 'nobody wants it');
  expect(await life.services.backups.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringMatching(/nobody wants it.*on fire/),
  });
  expect(
    readdirSync(life.repository, { recursive: true }).filter((name) => String(name).includes(id)),
  ).toEqual([]);
  expect(await life.deps.backups?.verify({})).toMatchObject({ backups: 0, problems: [], unreferenced: [] });
});

test('a restore is cancelled by force only: its volume is error_restoring', async () => {
  const life = await startBackups(slow);
  const volume = await denseVolume(life);
  const { id } = await makeBackup(life, volume.id);
  const restored = await life.services.backups.restore(user, id, restoreRequest());
  await inTheMiddle(life, restored.id);
  await expect(life.services.backups.delete(user, id, { force: false })).rejects.toThrow(/is restoring/);
  await life.services.backups.delete(admin, id, { force: true });
  await life.idle();
  expect(await life.services.volumes.get(user, restored.id)).toMatchObject({
    status: 'error_restoring',
    failure: expect.stringContaining('is being deleted'),
  });
  await life.services.volumes.delete(user, restored.id, { cascade: false, force: false });
  await life.idle();
  expect((await life.services.volumes.list(user, listQuery())).items.map((each) => each.id)).toEqual([
    volume.id,
  ]);
});

test('a stop of the service ends a backup at once; the next start goes on with it', async () => {
  const directory = scratchDirectory();
  const life = await startBackups({ directory, ...slow });
  const volume = await denseVolume(life);
  const before = digestOf(life.fileOf(volume));
  const { id } = await life.services.backups.create(user, backupRequest(volume.id));
  await inTheMiddle(life, id);
  await life.stop();
  const next = await startBackups({ directory });
  await next.deps.progress.load();
  expect(next.services.progress.of(id)).toMatchObject({ operation: 'backup' });
  expect(await next.services.backups.get(user, id)).toMatchObject({ status: 'creating' });
  (await next.deps.journal.prepareRecovery()).start();
  await next.idle();
  expect(await next.services.backups.get(user, id)).toMatchObject({ status: 'available', failure: null });
  expect(await next.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
  expect(next.services.progress.of(id)).toBeUndefined();
  expect(digestOf(next.fileOf(await restoreToNew(next, id)))).toBe(before);
});

test('a stop in the middle of a restore: the next start writes it again', async () => {
  const directory = scratchDirectory();
  const life = await startBackups({ directory, ...slow });
  const volume = await denseVolume(life);
  const before = digestOf(life.fileOf(volume));
  const { id } = await makeBackup(life, volume.id);
  const restored = await life.services.backups.restore(user, id, restoreRequest());
  await inTheMiddle(life, restored.id);
  await life.stop();
  const next = await startBackups({ directory });
  expect(await next.services.volumes.get(user, restored.id)).toMatchObject({ status: 'restoring-backup' });
  (await next.deps.journal.prepareRecovery()).start();
  await next.idle();
  expect(await next.services.volumes.get(user, restored.id)).toMatchObject({ status: 'available' });
  expect(digestOf(next.fileOf(restored))).toBe(before);
});

test.skipIf(noReflinks)(
  'a stop while a volume in use is read from its copies: they are gone in the end',
  async () => {
    const directory = reflinkDirectory();
    const life = await startBackups({ directory, ...slow });
    const volume = await denseVolume(life);
    await life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' });
    const { id } = await life.services.backups.create(user, backupRequest(volume.id, { force: true }));
    await inTheMiddle(life, id);
    await life.stop();
    const next = await startBackups({ directory });
    (await next.deps.journal.prepareRecovery()).start();
    await next.idle();
    expect(await next.services.backups.get(user, id)).toMatchObject({ status: 'available', failure: null });
    expect(await next.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
    await nothingTemporary(next, volume.id);
    await next.stop();
  },
);

test('what is under way when its backup is deleted in a crash is not finished, but cancelled', async () => {
  const directory = scratchDirectory();
  const life = await startBackups({ directory, ...slow });
  const volume = await denseVolume(life);
  const { id } = await life.services.backups.create(user, backupRequest(volume.id));
  await inTheMiddle(life, id);
  await life.stop();
  const next = await startBackups({ directory });
  // Before anything is taken up: the deletion is on record, its cancelling never happened.
  await next.services.backups.delete(user, id, { force: false });
  (await next.deps.journal.prepareRecovery()).start();
  await next.idle();
  await expect(next.services.backups.get(user, id)).rejects.toMatchObject({ kind: 'BackupNotFound' });
  expect(await next.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
});

test('a restore is cancelled through the volume that it writes; half of it is made good by another restore only', async () => {
  const life = await startBackups(slow);
  const volume = await denseVolume(life);
  const before = digestOf(life.fileOf(volume));
  const { id } = await makeBackup(life, volume.id);
  const { volumes, backups } = life.services;
  await backups.restore(user, id, restoreRequest(volume.id));
  await inTheMiddle(life, volume.id);
  await volumes.cancel(user, volume.id);
  expect(await backups.get(user, id)).toMatchObject({ status: 'available' });
  expect(await volumes.get(user, volume.id)).toMatchObject({
    status: 'error_restoring',
    failure: expect.stringContaining('cancelled by request'),
  });
  await expect(volumes.cancel(user, volume.id)).rejects.toThrow(/nothing is under way that can be cancelled/);
  await expect(volumes.resetStatus(admin, volume.id, { status: 'available' })).rejects.toThrow(
    /holds what a restore has left unfinished .* restore a backup onto it again, or delete it/,
  );
  await backups.restore(user, id, restoreRequest(volume.id));
  await life.idle();
  expect(await volumes.get(user, volume.id)).toMatchObject({ status: 'available', failure: null });
  expect(digestOf(life.fileOf(volume))).toBe(before);
  await volumes.resetStatus(admin, volume.id, { status: 'error' });
  await volumes.resetStatus(admin, volume.id, { status: 'available' });
});

test('a restore that never wrote a byte leaves a volume that an administrator may call available', async () => {
  const life = await startBackups();
  const volume = await denseVolume(life);
  const { id } = await makeBackup(life, volume.id);
  const { open } = life.deps.access;
  Object.assign(life.deps.access, {
    open: () => Promise.reject(new ContractError('BACKEND_UNAVAILABLE', 'the array is off')),
  });
  await life.services.backups.restore(user, id, restoreRequest(volume.id));
  await life.idle();
  Object.assign(life.deps.access, { open });
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'error_restoring' });
  await life.services.volumes.resetStatus(admin, volume.id, { status: 'available' });
});

test('a copy that failed and was removed leaves no mark behind, so that the journal can forget its backup', async () => {
  const life = await startBackups();
  const volume = await denseVolume(life);
  const { id: snapshotId } = await takeSnapshot(life, volume.id);
  const { mover } = life.deps;
  const marks = () => {
    const database = new Database(life.path, { readonly: true });
    const rows = database.prepare('SELECT * FROM dirty_destinations').all();
    database.close();
    return rows;
  };
  const during: unknown[] = [];
  Object.assign(mover, {
    copy: () => {
      during.push(...marks());
      return Promise.reject(new ContractError('BACKEND_ERROR', 'the disk is on fire'));
    },
  });
  const { id } = await makeBackup(life, volume.id, { snapshotId });
  expect(await life.services.backups.get(user, id)).toMatchObject({
    status: 'error',
    failure: expect.stringContaining('the disk is on fire'),
  });
  expect(during).toMatchObject([{ kind: 'copy', object_id: expect.any(String) }]);
  expect(marks()).toEqual([]);
});
