import { bytes, MIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { snapshotOf, volume } from '../support/objects.ts';

const image = (imageId: string) => ({ imageId, imageLocation: null, diskFormat: 'raw' });

describe('data path inside the backend', () => {
  it('backs up and restores', async () => {
    const driver = await openInProcess();
    const [one, two] = [volume(), volume()];
    await driver.createVolume({ volume: one });
    await driver.createVolume({ volume: two });
    await driver.backupVolume({ volume: one, backupId: 'full' });
    await driver.backupVolume({ volume: one, backupId: 'more', parentId: 'full' });
    await expect(
      driver.backupVolume({ volume: one, backupId: 'lost', parentId: 'unknown' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await driver.restoreBackup({ volume: two, backupId: 'more' });
    await expect(driver.restoreBackup({ volume: two, backupId: 'lost' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const small = volume({ size: bytes(MIB) });
    await driver.createVolume({ volume: small });
    await expect(driver.restoreBackup({ volume: small, backupId: 'full' })).rejects.toMatchObject({
      code: 'NO_SPACE',
    });
  });

  it('refuses an image of a format that it does not know', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await expect(
      driver.copyImageToVolume({ volume: one, ...image('one'), diskFormat: 'floppy' }),
    ).rejects.toMatchObject({ code: 'IMAGE_UNACCEPTABLE' });
  });

  it('refuses what is larger than its place', async () => {
    const driver = await openInProcess();
    const [large, small] = [volume(), volume({ size: bytes(MIB) })];
    await driver.createVolume({ volume: large });
    await driver.createVolume({ volume: small });
    await driver.copyVolumeToImage({ volume: large, ...image('one') });
    await expect(driver.copyImageToVolume({ volume: small, ...image('one') })).rejects.toMatchObject({
      code: 'NO_SPACE',
    });
    await expect(driver.copyVolumeData({ source: large, destination: small })).rejects.toMatchObject({
      code: 'NO_SPACE',
    });
    const meta = { imageId: 'one', imageLocation: null, imageMeta: { disk_format: 'raw' } };
    await expect(driver.cloneImage({ volume: volume({ size: bytes(MIB) }), ...meta })).rejects.toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
    await driver.copyVolumeData({ source: small, destination: large });
    await driver.clearDownload({ volume: large });
  });

  it('is rid of a backup, and of one that was never there', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.backupVolume({ volume: one, backupId: 'full' });
    await driver.deleteBackup({ backupId: 'full' });
    await driver.deleteBackup({ backupId: 'full' });
    await expect(driver.restoreBackup({ volume: one, backupId: 'full' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('cannot say what has changed where there are no bytes', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    const base = snapshotOf(one);
    await driver.createSnapshot({ snapshot: base });
    await expect(driver.listChangedExtents({ volume: one, base })).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
    });
  });
});
