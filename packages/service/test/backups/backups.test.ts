import { rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  backupRequest,
  digestOf,
  flipEveryPack,
  listQuery,
  MIB,
  makeBackup,
  nothingTemporary,
  randomText,
  readAt,
  restoreRequest,
  restoreToNew,
  startBackups,
  takeSnapshot,
  writeAt,
  writtenVolume,
} from '../fixtures/backups.ts';
import { admin, eventually, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';
import { noReflinks, reflinkDirectory } from '../fixtures/reflinks.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

test('a volume is backed up, and restored to a new one that is the same', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life, 8, { displayName: 'data', metadata: { k: 'v' } });
  await life.services.volumes.setBootable(user, volume.id, true);
  await life.deps.state.volumeImageMetadata.merge(volume.id, { image_name: 'i' });
  const before = digestOf(life.fileOf(volume));
  const backup = await makeBackup(life, volume.id, { displayName: 'first', metadata: { a: 'b' } });
  expect(backup).toMatchObject({
    status: 'available',
    size: 8 * MIB,
    failure: null,
    parentId: null,
    hasDependents: false,
    metadata: { a: 'b' },
  });
  expect(backup.storedBytes).toBeGreaterThan(900_000);
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({
    status: 'available',
    previousStatus: null,
  });
  writeAt(life.fileOf(volume), MIB, randomText(9, MIB));
  const restored = await restoreToNew(life, backup.id);
  expect(restored).toMatchObject({
    status: 'available',
    size: 8 * MIB,
    displayName: 'data',
    bootable: true,
    metadata: { k: 'v' },
    imageMetadata: { image_name: 'i' },
    failure: null,
  });
  expect(digestOf(life.fileOf(restored))).toBe(before);
  expect(await life.services.backups.get(user, backup.id)).toMatchObject({ status: 'available' });
});

test('a chain: incrementals over the newest, a differential over the first; each restores to its own time, whichever is deleted', async () => {
  const life = await startBackups({ key: randomText(7, 32) });
  const volume = await writtenVolume(life);
  const file = life.fileOf(volume);
  const at: Record<string, string> = {};
  const take = async (change: Parameters<typeof makeBackup>[2] = {}) => {
    const backup = await makeBackup(life, volume.id, change);
    expect(backup).toMatchObject({ status: 'available', failure: null });
    at[backup.id] = digestOf(file);
    return backup;
  };
  const full = await take();
  writeAt(file, 5 * MIB, randomText(3, 100_000));
  const second = await take({ incremental: true });
  expect(second.parentId).toBe(full.id);
  expect(second.storedBytes).toBeLessThan(full.storedBytes ?? 0);
  // Zeros over data: what is restored must not show the older block.
  writeAt(file, 0, Buffer.alloc(MIB));
  const third = await take({ incremental: true });
  expect(third.parentId).toBe(second.id);
  writeAt(file, 2 * MIB, randomText(4, 65_536));
  const differential = await take({ parentId: full.id });
  expect(differential.parentId).toBe(full.id);
  const verify = async (id: string) => {
    const restored = await restoreToNew(life, id);
    expect(restored.status).toBe('available');
    expect(digestOf(life.fileOf(restored))).toBe(at[id]);
  };
  for (const { id } of [full, second, third, differential]) await verify(id);
  await life.services.backups.delete(user, full.id, { force: false });
  await life.services.backups.delete(user, second.id, { force: false });
  await life.idle();
  await expect(life.services.backups.get(user, full.id)).rejects.toMatchObject({ kind: 'BackupNotFound' });
  for (const { id } of [third, differential]) await verify(id);
  expect(await life.services.backups.get(user, third.id)).toMatchObject({ parentId: second.id });
});

test.skipIf(noReflinks)(
  'a volume in use is backed up from copies that are gone afterwards, with force only',
  async () => {
    const life = await startBackups({ directory: reflinkDirectory() });
    const volume = await writtenVolume(life);
    const before = digestOf(life.fileOf(volume));
    await life.services.volumes.attach(user, volume.id, {
      instanceId: null,
      hostName: 'a',
      mountpoint: '/dev/sdb',
      mode: 'rw',
    });
    await expect(makeBackup(life, volume.id)).rejects.toMatchObject({
      kind: 'InvalidVolume',
      message: expect.stringContaining('force flag'),
    });
    const { id } = await life.services.backups.create(user, backupRequest(volume.id, { force: true }));
    expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'backing-up' });
    await life.idle();
    expect(await life.services.backups.get(user, id)).toMatchObject({
      status: 'available',
      failure: null,
      snapshotId: null,
    });
    expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'in-use' });
    await nothingTemporary(life, volume.id);
    expect(digestOf(life.fileOf(await restoreToNew(life, id)))).toBe(before);
  },
);

test.skipIf(noReflinks)('a volume that is connected without an attachment counts as one in use', async () => {
  const life = await startBackups({ directory: reflinkDirectory() });
  const volume = await writtenVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' });
  await expect(makeBackup(life, volume.id)).rejects.toThrow(/connected to an initiator/);
  expect(await makeBackup(life, volume.id, { force: true })).toMatchObject({ status: 'available' });
  await nothingTemporary(life, volume.id);
});

test('a snapshot is backed up while its volume goes on; the next of a snapshot asks the driver what has changed', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life);
  const file = life.fileOf(volume);
  const one = await takeSnapshot(life, volume.id);
  const atOne = digestOf(file);
  writeAt(file, 6 * MIB, randomText(5, 200_000));
  const first = await makeBackup(life, volume.id, { snapshotId: one.id });
  expect(first).toMatchObject({ status: 'available', snapshotId: one.id, dataTimestamp: one.createdAt });
  expect(await life.services.snapshots.get(user, one.id)).toMatchObject({ status: 'available' });
  const two = await takeSnapshot(life, volume.id);
  const atTwo = digestOf(file);
  writeAt(file, 0, randomText(6, 4096));
  const second = await makeBackup(life, volume.id, { snapshotId: two.id, incremental: true });
  expect(second).toMatchObject({ status: 'available', parentId: first.id });
  const said = life.logged.filter((line) => line.includes('the driver says what has changed'));
  expect(said).toHaveLength(1);
  const third = await makeBackup(life, volume.id, { incremental: true });
  expect(third.parentId).toBe(second.id);
  const atThree = digestOf(file);
  for (const [backup, digest] of [
    [first, atOne],
    [second, atTwo],
    [third, atThree],
  ] as const)
    expect(digestOf(life.fileOf(await restoreToNew(life, backup.id)))).toBe(digest);
  await nothingTemporary(life, volume.id);
});

test('a backup is restored over a volume that is large enough; what is beyond it stays', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life, 8);
  const backup = await makeBackup(life, volume.id);
  const large = await writtenVolume(life, 16, { displayName: 'mine' });
  writeAt(life.fileOf(large), 12 * MIB, randomText(8, MIB));
  const small = await writtenVolume(life, 7);
  await expect(
    life.services.backups.restore(user, backup.id, restoreRequest(small.id)),
  ).rejects.toMatchObject({ kind: 'InvalidInput', message: expect.stringContaining('extend the volume') });
  const tail = readAt(life.fileOf(large), 8 * MIB, 8 * MIB);
  await life.services.backups.restore(user, backup.id, restoreRequest(large.id));
  expect(await life.services.volumes.get(user, large.id)).toMatchObject({ status: 'restoring-backup' });
  expect(await life.services.backups.get(user, backup.id)).toMatchObject({ status: 'restoring' });
  await life.idle();
  expect(await life.services.volumes.get(user, large.id)).toMatchObject({
    status: 'available',
    displayName: 'mine',
  });
  expect(digestOf(life.fileOf(large), 8 * MIB)).toBe(digestOf(life.fileOf(volume)));
  expect(readAt(life.fileOf(large), 8 * MIB, 8 * MIB).equals(tail)).toBe(true);
});

test('a backup that cannot be restored leaves error_restoring behind, never available; it can be restored again or deleted', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life);
  const backup = await makeBackup(life, volume.id);
  flipEveryPack(life.repository);
  const restored = await restoreToNew(life, backup.id);
  expect(restored).toMatchObject({ status: 'error_restoring', failure: expect.stringContaining('CORRUPT') });
  expect(await life.services.backups.get(user, backup.id)).toMatchObject({
    status: 'available',
    failure: expect.stringContaining('CORRUPT'),
  });
  flipEveryPack(life.repository);
  await life.services.backups.restore(user, backup.id, restoreRequest(restored.id));
  await life.idle();
  expect(await life.services.volumes.get(user, restored.id)).toMatchObject({
    status: 'available',
    failure: null,
  });
  expect(digestOf(life.fileOf(restored))).toBe(digestOf(life.fileOf(volume)));
});

test('a backup that cannot be made is in error with the reason, its volume as before, and nothing of it is left', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life);
  rmSync(life.fileOf(volume));
  const backup = await makeBackup(life, volume.id);
  expect(backup).toMatchObject({ status: 'error', failure: expect.any(String) });
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
  await life.services.backups.delete(user, backup.id, { force: false });
  await life.idle();
  await expect(life.services.backups.get(user, backup.id)).rejects.toMatchObject({ kind: 'BackupNotFound' });
});

test('a volume in use of a backend that cannot copy a point in time: the backup is in error, all else as before', async () => {
  const life = await startBackups({ directory: scratchDirectory() });
  const volume = await writtenVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' });
  const backup = await makeBackup(life, volume.id, { force: true });
  // The temporary directory may be on a filesystem that can.
  if (backup.status === 'error') expect(backup.failure).toContain('point in time');
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
  await nothingTemporary(life, volume.id);
});

test('an incremental needs an available backup of the same volume', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life);
  await expect(makeBackup(life, volume.id, { incremental: true })).rejects.toMatchObject({
    kind: 'InvalidBackup',
  });
  const other = await writtenVolume(life);
  const full = await makeBackup(life, other.id);
  await expect(makeBackup(life, volume.id, { parentId: full.id })).rejects.toThrow(/is of volume/);
  await life.services.backups.resetStatus(admin, full.id, 'error');
  await expect(makeBackup(life, other.id, { incremental: true })).rejects.toMatchObject({
    kind: 'InvalidBackup',
  });
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
});

test('a record moves a backup to a service that knows nothing of it, once its manifest is found', async () => {
  const one = await startBackups();
  const volume = await writtenVolume(one, 8, { displayName: 'data', metadata: { k: 'v' } });
  const backup = await makeBackup(one, volume.id, {
    displayName: 'b',
    displayDescription: 'd',
    metadata: { m: '1' },
  });
  const record = await one.services.backups.exportRecord(admin, backup.id);
  await expect(one.services.backups.importRecord(admin, record)).rejects.toThrow(/on record already/);
  await expect(one.services.backups.exportRecord(user, backup.id)).rejects.toMatchObject({
    kind: 'Forbidden',
  });
  const digest = digestOf(one.fileOf(volume));
  await one.stop();
  const directory = scratchDirectory();
  symlinkSync(one.repository, `${directory}/repository`);
  const two = await startBackups({ directory });
  const imported = await two.services.backups.importRecord(admin, record);
  expect(imported).toMatchObject({
    id: backup.id,
    status: 'available',
    displayName: 'b',
    displayDescription: 'd',
    metadata: { m: '1' },
    size: 8 * MIB,
    createdAt: backup.createdAt,
    storedBytes: backup.storedBytes,
  });
  const restored = await restoreToNew(two, imported.id);
  expect(restored).toMatchObject({ status: 'available', displayName: 'data', metadata: { k: 'v' } });
  expect(digestOf(two.fileOf(restored))).toBe(digest);
  const foreign = { ...record, backupService: 'cinder.backup.drivers.nfs.NFSBackupDriver' };
  await expect(two.services.backups.importRecord(admin, foreign)).rejects.toThrow(/cannot read/);
  for (const backupUrl of ['', 'AAAA', '!!', Buffer.from('{"id":1}').toString('base64')])
    await expect(two.services.backups.importRecord(admin, { ...record, backupUrl })).rejects.toMatchObject({
      kind: 'InvalidBackup',
    });
  const unknown = JSON.parse(Buffer.from(record.backupUrl, 'base64').toString());
  unknown.id = crypto.randomUUID();
  const backupUrl = Buffer.from(JSON.stringify(unknown)).toString('base64');
  await expect(two.services.backups.importRecord(admin, { ...record, backupUrl })).rejects.toThrow(
    /BACKUP_NOT_FOUND/,
  );
});

test('a verification finds what is damaged, and names the backups that it costs', async () => {
  const life = await startBackups();
  const backup = await makeBackup(life, (await writtenVolume(life)).id);
  const run = async () => {
    const { id } = life.services.backups.verify(admin, { volumeId: null, backupId: null });
    return eventually(() => {
      const record = life.services.backups.verification(admin, id);
      expect(record.status).not.toBe('running');
      return record;
    });
  };
  expect(await run()).toMatchObject({ status: 'done', backups: 1, problems: [], failure: null });
  flipEveryPack(life.repository);
  const found = await run();
  expect(found.status).toBe('done');
  expect(found.problems.flatMap(({ backupIds }) => backupIds)).toContain(backup.id);
  expect(() => life.services.backups.verify(user, { volumeId: null, backupId: null })).toThrow(
    /administrator/,
  );
});

test.skipIf(noReflinks)(
  'quotas count backups, and neither them nor the copies they are read from as volumes',
  async () => {
    const life = await startBackups({
      directory: reflinkDirectory(),
      settings: { maxBackups: 1, maxVolumes: 2 },
    });
    const volume = await writtenVolume(life);
    await makeVolume(life);
    await life.services.volumes.initializeConnection(user, volume.id, { initiator: 'iqn.2020-01.a:b' });
    expect(await makeBackup(life, volume.id, { force: true })).toMatchObject({ status: 'available' });
    await expect(makeBackup(life, volume.id, { force: true })).rejects.toMatchObject({ kind: 'OverLimit' });
    expect(await life.services.info.limits(user)).toMatchObject({
      maxBackups: 1,
      usedBackups: 1,
      usedVolumes: 2,
    });
  },
);

test('without a repository backups are refused, with what to configure', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await expect(makeBackup(life, volume.id)).rejects.toMatchObject({
    kind: 'BackupsNotConfigured',
    message: expect.stringContaining('"backup"'),
  });
  expect((await life.services.backups.list(user, listQuery())).items).toEqual([]);
});

test('backups of one volume are deleted, made and restored at once', async () => {
  const life = await startBackups();
  const volume = await writtenVolume(life);
  const first = await makeBackup(life, volume.id);
  const ids: string[] = [];
  for (let round = 0; round < 4; round += 1) {
    writeAt(life.fileOf(volume), round * MIB, randomText(20 + round, 70_000));
    ids.push((await makeBackup(life, volume.id, { incremental: true })).id);
  }
  const kept = digestOf(life.fileOf(volume));
  const last = ids.pop() ?? '';
  // All of them at the same time: their sweeps meet in the same folders.
  for (const id of [first.id, ...ids]) await life.services.backups.delete(user, id, { force: false });
  const { id: added } = await life.services.backups.create(
    user,
    backupRequest(volume.id, { incremental: true }),
  );
  const restoring = await life.services.backups.restore(user, last, restoreRequest());
  await life.idle();
  const left = (await life.services.backups.list(user, listQuery())).items;
  expect(left.map(({ id, status, failure }) => ({ id, status, failure }))).toEqual(
    [added, last].map((id) => ({ id, status: 'available', failure: null })),
  );
  expect(digestOf(life.fileOf(restoring))).toBe(kept);
  expect(digestOf(life.fileOf(await restoreToNew(life, added)))).toBe(kept);
});
