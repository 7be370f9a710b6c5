import { bytes, GIB, MIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { snapshotOf, volume } from '../support/objects.ts';

describe('volumes', () => {
  it('takes the same create twice, and no other under its name', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    expect(await driver.createVolume({ volume: one })).toEqual({ update: {}, work: [] });
    const larger = { ...one, size: bytes(one.size + 1) };
    await expect(driver.createVolume({ volume: larger })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(driver.createClonedVolume({ volume: one, source: one })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    const { objects } = await driver.listOwned({});
    expect(objects).toMatchObject([{ kind: 'volume', name: one.name, size: one.size }]);
  });

  it('takes names that objects of JavaScript have', async () => {
    const driver = await openInProcess();
    for (const name of ['constructor', 'toString', 'hasOwnProperty']) {
      await driver.deleteVolume({ volume: volume({ name }) });
      await driver.createVolume({ volume: volume({ name }) });
    }
    expect((await driver.listOwned({})).objects).toHaveLength(3);
  });

  it('refuses sizes it does not have', async () => {
    const driver = await openInProcess({ fake_capacity_gb: 1, fake_max_volume_gb: 2 });
    const sized = (size: number) => driver.createVolume({ volume: volume({ size: bytes(size) }) });
    await expect(sized(0)).rejects.toMatchObject({ code: 'SIZE_UNSUPPORTED' });
    await expect(sized(2 * GIB + 1)).rejects.toMatchObject({ code: 'SIZE_UNSUPPORTED' });
    await expect(sized(GIB + 1)).rejects.toMatchObject({ code: 'NO_SPACE', details: { free: GIB } });
    await sized(GIB - 1);
    await sized(1);
    await expect(sized(1)).rejects.toMatchObject({ code: 'NO_SPACE', details: { free: 0 } });
  });

  it('extends, and never shrinks', async () => {
    const driver = await openInProcess({ fake_capacity_gb: 1 });
    const one = volume();
    await driver.createVolume({ volume: one });
    const to = (size: number) => driver.extendVolume({ volume: one, newSize: bytes(size) });
    expect(await to(65 * MIB)).toEqual({ size: 65 * MIB });
    expect(await to(65 * MIB)).toEqual({ size: 65 * MIB });
    await expect(to(64 * MIB)).rejects.toMatchObject({ code: 'SIZE_UNSUPPORTED' });
    await expect(to(GIB + 1)).rejects.toMatchObject({ code: 'NO_SPACE' });
    await expect(driver.extendVolume({ volume: volume(), newSize: bytes(GIB) })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await to(GIB)).toEqual({ size: GIB });
  });

  it('says why it does not delete, and deletes what is absent', async () => {
    const driver = await openInProcess();
    const one = volume();
    const snapshot = snapshotOf(one);
    await driver.createVolume({ volume: one });
    await driver.createSnapshot({ snapshot });
    await expect(driver.deleteVolume({ volume: one })).rejects.toMatchObject({
      code: 'VOLUME_IS_BUSY',
      message: expect.stringContaining(snapshot.name),
    });
    await driver.deleteSnapshot({ snapshot });
    await driver.createExport({ volume: one });
    await expect(driver.deleteVolume({ volume: one })).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    await driver.removeExport({ volume: one });
    await driver.deleteVolume({ volume: one });
    await driver.deleteVolume({ volume: one });
    expect(await driver.listOwned({})).toEqual({ objects: [] });
  });

  it('copies the content and not the name', async () => {
    const driver = await openInProcess();
    const [one, two, three] = [volume(), volume(), volume()];
    const snapshot = snapshotOf(one);
    await driver.createVolume({ volume: one });
    await driver.copyImageToVolume({
      volume: one,
      imageId: 'debian',
      imageLocation: null,
      diskFormat: 'raw',
    });
    await driver.createSnapshot({ snapshot });
    await driver.createVolumeFromSnapshot({ volume: two, snapshot });
    await driver.createClonedVolume({ volume: three, source: two });
    await driver.copyVolumeToImage({
      volume: three,
      imageId: 'copy',
      imageLocation: null,
      diskFormat: 'raw',
    });
    const four = volume();
    const image = { volume: four, imageId: 'copy', imageLocation: null, imageMeta: { disk_format: 'raw' } };
    expect(await driver.cloneImage(image)).toMatchObject({ cloned: true });
    expect(await driver.cloneImage(image)).toMatchObject({ cloned: true });
    expect(await driver.cloneImage({ ...image, imageId: 'unknown' })).toMatchObject({ cloned: false });
  });

  it('refuses a clone that is smaller than its source', async () => {
    const driver = await openInProcess();
    const one = volume();
    const snapshot = snapshotOf(one);
    await driver.createVolume({ volume: one });
    await driver.createSnapshot({ snapshot });
    const small = volume({ size: bytes(one.size - 1) });
    await expect(driver.createClonedVolume({ volume: small, source: one })).rejects.toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
    await expect(driver.createVolumeFromSnapshot({ volume: small, snapshot })).rejects.toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
    await expect(
      driver.createVolumeFromSnapshot({ volume: volume(), snapshot: snapshotOf(one) }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('keeps the snapshot of a linked clone', async () => {
    const driver = await openInProcess({ fake_linked_clones: true });
    const one = volume();
    const clone = volume();
    const snapshot = snapshotOf(one);
    await driver.createVolume({ volume: one });
    await driver.createSnapshot({ snapshot });
    await driver.createVolumeFromSnapshot({ volume: clone, snapshot });
    await expect(driver.deleteSnapshot({ snapshot })).rejects.toMatchObject({ code: 'SNAPSHOT_IS_BUSY' });
    await driver.deleteVolume({ volume: clone });
    await driver.deleteSnapshot({ snapshot });
  });

  it('counts each pool by itself', async () => {
    const driver = await openInProcess({ fake_pools: ['fast', 'slow'], fake_capacity_gb: 1 });
    await driver.createVolume({ volume: volume({ size: bytes(GIB), host: 'node@fake-backend#slow' }) });
    const { pools } = await driver.getVolumeStats({ refresh: true });
    expect(pools).toMatchObject([
      { name: 'fast', totalCapacity: GIB, freeCapacity: GIB, provisionedCapacity: 0 },
      { name: 'slow', totalCapacity: GIB, freeCapacity: 0, provisionedCapacity: GIB },
    ]);
    await expect(
      driver.createVolume({ volume: volume({ host: 'node@fake-backend#none' }) }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
