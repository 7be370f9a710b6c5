import { join } from 'node:path';
import { createBackupRepository, createBackupStore } from '@scoria/backup';
import { bytes } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { driverVolume } from '../../src/backends/index.ts';
import {
  digestOf,
  listQuery,
  MIB,
  makeBackup,
  randomText,
  restoreRequest,
  restoreToNew,
  startBackups,
  writeAt,
  writtenVolume,
} from '../fixtures/backups.ts';
import { admin, type Lifecycle, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';
import { iscsiSection, noIscsi, realDriver, testTgtd } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

test('a backup is restored on another backend, equal', async () => {
  const life = await startBackups({ other: 'other' });
  const volume = await writtenVolume(life, 8, { schedulerHints: { host: 'host@real#fake' } }, admin);
  const backup = await makeBackup(life, volume.id, {}, admin);
  await life.services.types.create(admin, {
    name: 'elsewhere',
    description: null,
    isPublic: true,
    extraSpecs: { volume_backend_name: 'other' },
  });
  const target = await makeVolume(life, { size: bytes(9 * MIB), volumeType: 'elsewhere' });
  expect(target.host).toContain('host@other');
  await life.services.backups.restore(admin, backup.id, restoreRequest(target.id));
  const made = await life.services.backups
    .restore(admin, backup.id, {
      ...restoreRequest(),
      volumeType: 'elsewhere',
    })
    .catch(() => null);
  // One restore of a backup at a time.
  expect(made).toBeNull();
  await life.idle();
  const next = await life.services.backups.restore(admin, backup.id, {
    ...restoreRequest(),
    volumeType: 'elsewhere',
  });
  await life.idle();
  for (const { id } of [target, next]) {
    const restored = await life.services.volumes.get(admin, id);
    expect(restored).toMatchObject({ status: 'available', failure: null });
    expect(restored.host).toContain('host@other');
    expect(digestOf(life.fileOf(restored), 8 * MIB)).toBe(digestOf(life.fileOf(volume)));
  }
});

test('a driver that makes backups itself does, and keeps what it builds upon', async () => {
  const directory = scratchDirectory();
  const driver = await realDriver(directory, { volume_driver: 'fake' });
  const life = await startLifecycle({
    drivers: { real: driver },
    backups: (mover) => storeIn(directory, mover),
  });
  await life.deps.backups?.open();
  const volume = await makeVolume(life);
  const full = await makeBackup(life, volume.id);
  expect(full).toMatchObject({ status: 'available', heldBy: 'host@real', storedBytes: null });
  const more = await makeBackup(life, volume.id, { incremental: true });
  expect(more).toMatchObject({ status: 'available', heldBy: 'host@real', parentId: full.id });
  expect(await life.services.backups.get(user, full.id)).toMatchObject({ hasDependents: true });
  await expect(life.services.backups.delete(user, full.id, { force: false })).rejects.toThrow(
    /delete those first/,
  );
  await expect(life.services.backups.exportRecord(admin, full.id)).rejects.toThrow(/held by/);
  expect(await restoreToNew(life, more.id)).toMatchObject({ status: 'available' });
  for (const { id } of [more, full]) {
    await life.services.backups.delete(user, id, { force: false });
    await life.idle();
  }
  expect((await life.services.backups.list(user, listQuery())).items).toEqual([]);
  expect(await life.deps.backups?.verify({})).toMatchObject({ backups: 0 });
});

if (noIscsi !== null) console.log(`skipped: backups of volumes that are attached over iSCSI: ${noIscsi}`);

test.skipIf(noIscsi)(
  'volumes are read and written as an initiator would, where there is no other way',
  async () => {
    const directory = scratchDirectory();
    const tgtd = await testTgtd(directory);
    const driver = await realDriver(directory, iscsiSection(directory, tgtd));
    const life = await startLifecycle({
      drivers: { real: driver },
      access: { prefer: 'attach' },
      backups: (mover) => storeIn(directory, mover),
    });
    await life.deps.backups?.open();
    const volume = await makeVolume(life, { size: bytes(16 * MIB) });
    const path = await pathOf(life, volume.id);
    writeAt(path, 5 * MIB + 3, randomText(1, 3 * MIB));
    const before = digestOf(path);
    const full = await makeBackup(life, volume.id);
    expect(full).toMatchObject({ status: 'available', failure: null });
    writeAt(path, 0, randomText(2, 4096));
    const restored = await restoreToNew(life, full.id);
    expect(restored).toMatchObject({ status: 'available', failure: null });
    expect(digestOf(await pathOf(life, restored.id))).toBe(before);
    expect(tgtd.targets()).toEqual([]);
    expect(await life.deps.state.serviceAttachments.all()).toEqual([]);
  },
);

function storeIn(directory: string, mover: Parameters<typeof createBackupStore>[0]['mover']) {
  return createBackupStore({
    repository: createBackupRepository({
      type: 'directory',
      path: join(directory, 'repository'),
      require_mount: false,
    }),
    mover,
    key: null,
    spoolDirectory: directory,
  });
}

async function pathOf({ deps, services }: Lifecycle, id: string): Promise<string> {
  const volume = await services.volumes.get(user, id);
  const { client } = deps.backends.ofHost(volume.host).driver;
  return (await client.localPath({ volume: await driverVolume(deps.state, volume) })).path;
}
