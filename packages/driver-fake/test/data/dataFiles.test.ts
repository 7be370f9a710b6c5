import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, GIB, MIB } from '@scoria/driver-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { connector, snapshotOf, volume } from '../support/objects.ts';

async function opened(section: Parameters<typeof openInProcess>[0] = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'scoria-fake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder, driver: await openInProcess({ ...section, fake_data_dir: folder }) };
}

describe('data files', () => {
  it('are sparse, private, and of the exact size', async () => {
    const { driver } = await opened();
    const one = volume({ size: bytes(10 * GIB + 1) });
    await driver.createVolume({ volume: one });
    const { path } = await driver.localPath({ volume: one });
    const { size, blocks, mode } = await stat(path);
    expect([size, mode & 0o777]).toEqual([10 * GIB + 1, 0o600]);
    expect(blocks * 512).toBeLessThan(MIB);
    await driver.extendVolume({ volume: one, newSize: bytes(11 * GIB) });
    expect((await stat(path)).size).toBe(11 * GIB);
  });

  it('go with their volumes and snapshots', async () => {
    const { driver, folder } = await opened();
    const one = volume();
    const snapshot = snapshotOf(one);
    await driver.createVolume({ volume: one });
    await driver.createSnapshot({ snapshot });
    expect(await readdir(join(folder, 'snapshots'))).toEqual([snapshot.name]);
    await driver.deleteSnapshot({ snapshot });
    await driver.deleteVolume({ volume: one });
    for (const kind of ['volumes', 'snapshots', 'existing'])
      expect(await readdir(join(folder, kind))).toEqual([]);
  });

  it('are copied by the service: named again until the copy is used, then never', async () => {
    const { driver } = await opened();
    const [one, clone] = [volume(), volume({ size: bytes(65 * MIB) })];
    await driver.createVolume({ volume: one });
    const call = { volume: clone, source: one };
    const { work } = await driver.createClonedVolume(call);
    const { path } = await driver.localPath({ volume: clone });
    expect((await stat(path)).size).toBe(clone.size);
    // With reflinks there is nothing left to copy.
    if (work.length > 0) {
      const { dev, ino } = await stat(path, { bigint: true });
      expect(work).toMatchObject([
        {
          kind: 'copy',
          length: one.size,
          source: { path: (await driver.localPath({ volume: one })).path, offset: 0 },
          destination: { path, identity: { type: 'inode', dev: String(dev), ino: String(ino) } },
        },
      ]);
    }
    expect((await driver.createClonedVolume(call)).work).toEqual(work);
    await driver.createExport({ volume: clone });
    expect((await driver.createClonedVolume(call)).work).toEqual([]);
  });

  it('are not copied while in use, unless the filesystem can copy a point in time', async () => {
    const { driver, folder } = await opened();
    const one = volume();
    await driver.createVolume({ volume: one });
    const snapshot = snapshotOf(one, { volumeInUse: true });
    const outcome = await driver.createSnapshot({ snapshot }).then(
      ({ work }) => work,
      (error: unknown) => error,
    );
    if (Array.isArray(outcome)) expect(outcome).toEqual([]);
    else {
      expect(outcome).toMatchObject({ code: 'INVALID_VOLUME' });
      expect(await readdir(join(folder, 'snapshots'))).toEqual([]);
    }
  });

  it('start empty, whatever a killed process left under the name', async () => {
    const { driver, folder } = await opened();
    const one = volume({ size: bytes(MIB) });
    await writeFile(join(folder, 'volumes', one.name), 'x'.repeat(2 * MIB));
    await driver.createVolume({ volume: one });
    const { size, blocks } = await stat(join(folder, 'volumes', one.name));
    expect([size, blocks]).toEqual([MIB, 0]);
  });

  it('leave images and backups to the service', async () => {
    const { driver } = await opened();
    const one = volume();
    await driver.createVolume({ volume: one });
    const refused = { code: 'UNIMPLEMENTED' };
    await expect(driver.backupVolume({ volume: one, backupId: 'b' })).rejects.toMatchObject(refused);
    await expect(
      driver.copyImageToVolume({ volume: one, imageId: 'i', imageLocation: null, diskFormat: 'raw' }),
    ).rejects.toMatchObject(refused);
  });

  it('move with adoption and back', async () => {
    const { driver, folder } = await opened({ fake_existing: [{ name: 'lun-7', size: MIB }] });
    const one = volume();
    await driver.manageExisting({ volume: one, reference: { 'source-name': 'lun-7' } });
    expect(await readdir(join(folder, 'volumes'))).toEqual([one.name]);
    await driver.unmanage({ volume: one });
    expect(await readdir(join(folder, 'existing'))).toEqual([one.name]);
  });

  it('are what a local connection reaches, with their inode as identity', async () => {
    const { driver, folder } = await opened({ fake_protocol: 'local' });
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    const { connectionInfo } = await driver.initializeConnection({ volume: one, connector: connector() });
    const path = join(folder, 'volumes', one.name);
    expect(connectionInfo).toMatchObject({
      driver_volume_type: 'local',
      data: { device_path: path },
      identity: { type: 'inode', ino: String((await stat(path, { bigint: true })).ino) },
    });
  });

  it('are not there without fake_data_dir', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await expect(driver.localPath({ volume: one })).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });
});
