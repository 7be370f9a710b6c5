import { writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, bytes, GIB } from '@scoria/core/contract';
import { describe, expect, test } from 'vitest';
import { driverVolume } from '../../src/backends/index.ts';
import type { VolumeRecord } from '../../src/model/index.ts';
import { noQemuImg, type TestImages, testImages } from '../fixtures/imageDirectory.ts';
import {
  admin,
  type Lifecycle,
  makeVolume,
  startLifecycle,
  user,
  volumeRequest,
} from '../fixtures/lifecycle.ts';
import { MemoryDriver } from '../fixtures/memoryDriver.ts';
import { realDriver } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 1024 * 1024;

/** A lifecycle over a driver with real files, and a directory of images. */
async function withImages(): Promise<{ lifecycle: Lifecycle; images: TestImages; directory: string }> {
  const directory = scratchDirectory();
  const images = testImages(directory);
  const driver = await realDriver(directory, { volume_driver: 'fake', fake_data_dir: `${directory}/fake` });
  const lifecycle = await startLifecycle({ drivers: { real: driver }, images: images.config });
  return { lifecycle, images, directory };
}

/** Where the volume's bytes are. */
export async function pathOf({ deps }: Lifecycle, volume: VolumeRecord): Promise<string> {
  const { client } = deps.backends.ofHost(volume.host).driver;
  return (await client.localPath({ volume: await driverVolume(deps.state, volume) })).path;
}

async function contentOf(lifecycle: Lifecycle, volume: VolumeRecord): Promise<Buffer> {
  return readFile(await pathOf(lifecycle, volume));
}

describe('create from an image', () => {
  test('a raw image: its bytes, the rest zero, what is known of it recorded and inherited', async () => {
    const { lifecycle, images } = await withImages();
    const disk = images.raw('disk.raw', 6, {
      name: 'a disk',
      min_disk: 0,
      min_ram: 64,
      properties: { os_distro: 'debian' },
    });
    const accepted = await lifecycle.services.volumes.create(
      user,
      volumeRequest({ size: bytes(10 * MIB), imageId: 'disk.raw' }),
    );
    expect(accepted).toMatchObject({ status: 'creating', bootable: true });
    await lifecycle.idle();
    const volume = await lifecycle.services.volumes.get(user, accepted.id);
    expect(volume).toMatchObject({ status: 'available', failure: null, bootable: true });
    expect(volume.imageMetadata).toMatchObject({
      image_id: 'disk.raw',
      image_name: 'a disk',
      disk_format: 'raw',
      container_format: 'bare',
      min_ram: '64',
      size: String(6 * MIB),
      os_distro: 'debian',
    });
    const expected = Buffer.concat([disk, Buffer.alloc(4 * MIB)]);
    expect(expected.equals(await contentOf(lifecycle, volume))).toBe(true);
    expect(lifecycle.deps.progress.of(volume.id)).toBeUndefined();

    const { id: snapshotId } = await lifecycle.services.snapshots.create(user, {
      volumeId: volume.id,
      displayName: null,
      displayDescription: null,
      metadata: {},
      force: false,
    });
    await lifecycle.idle();
    const ofSnapshot = await makeVolume(lifecycle, { size: null, snapshotId });
    const clone = await makeVolume(lifecycle, { size: null, sourceVolumeId: volume.id });
    for (const copy of [ofSnapshot, clone])
      expect(copy).toMatchObject({
        status: 'available',
        bootable: true,
        imageMetadata: volume.imageMetadata,
      });
    expect(expected.equals(await contentOf(lifecycle, clone))).toBe(true);
  });

  test.skipIf(noQemuImg)(
    'a qcow2 image becomes the disk inside; its size is taken when none is given',
    async () => {
      const { lifecycle, images } = await withImages();
      const disk = images.qcow2('disk.qcow2', 5);
      const volume = await makeVolume(lifecycle, { size: null, imageId: 'disk.qcow2' });
      expect(volume).toMatchObject({ status: 'available', size: GIB, failure: null });
      const file = await open(await pathOf(lifecycle, volume));
      const start = Buffer.alloc(disk.length + MIB);
      await file.read(start, 0, start.length, 0);
      await file.close();
      expect(start.equals(Buffer.concat([disk, Buffer.alloc(MIB)]))).toBe(true);
    },
  );

  test.each<[string, Partial<{ size: Bytes | null; imageId: string }>, string, RegExp]>([
    ['one that is not there', { imageId: 'nothing' }, 'ImageNotFound', /nothing/],
    ['another project’s', { imageId: 'other.raw' }, 'ImageNotFound', /other\.raw/],
    [
      'one byte too large',
      { imageId: 'odd.raw', size: bytes(6 * MIB) },
      'InvalidImage',
      /ask for at least 1 GiB/,
    ],
    ['minDisk', { imageId: 'mindisk.raw', size: bytes(GIB) }, 'InvalidImage', /minDisk size 2GB/],
    ['no bytes yet', { imageId: 'queued.raw' }, 'InvalidImage', /queued/],
    ['no format', { imageId: 'noformat' }, 'InvalidImage', /of no format/],
  ])('is refused before anything is made: %s', async (_, change, kind, message) => {
    const { lifecycle, images } = await withImages();
    images.raw('other.raw', 1, { visibility: 'private', owner: 'project-b' });
    images.bytes('odd.raw', Buffer.alloc(6 * MIB + 1), { disk_format: 'raw' });
    images.raw('mindisk.raw', 1, { min_disk: 2 });
    images.bytes('queued.raw', Buffer.alloc(512), { disk_format: 'raw', status: 'queued' });
    writeFileSync(join(images.path, 'noformat'), Buffer.alloc(512));
    await expect(
      lifecycle.services.volumes.create(user, volumeRequest({ size: bytes(8 * MIB), ...change })),
    ).rejects.toMatchObject({ kind, message: expect.stringMatching(message) });
    expect((await lifecycle.deps.state.volumes.usage(null)).count).toBe(0);
  });

  test.skipIf(noQemuImg)(
    'a hostile image: the volume is in error, names the rule, and nothing is left',
    async () => {
      const { lifecycle, images } = await withImages();
      // A qcow2 header with a backing file (targets.md §4.4).
      const header = Buffer.alloc(65_536);
      header.write('QFI\xfb', 'latin1');
      header.writeUInt32BE(3, 4);
      header.writeBigUInt64BE(512n, 8);
      header.writeUInt32BE('/etc/passwd'.length, 16);
      header.writeUInt32BE(16, 20);
      header.writeBigUInt64BE(BigInt(MIB), 24);
      header.writeUInt32BE(4, 96);
      header.writeUInt32BE(104, 100);
      header.write('/etc/passwd', 512);
      images.bytes('evil.qcow2', header, { disk_format: 'qcow2', virtual_size: MIB });
      const volume = await makeVolume(lifecycle, { size: bytes(8 * MIB), imageId: 'evil.qcow2' });
      expect(volume.status).toBe('error');
      expect(volume.failure).toMatch(/ImageUnacceptable.*qcow2\.backing-file|ImageUnacceptable.*backing/);
      await expect(pathOf(lifecycle, volume)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    },
  );

  test('without a source it is refused with what to configure', async () => {
    const lifecycle = await startLifecycle();
    await expect(
      lifecycle.services.volumes.create(user, volumeRequest({ imageId: 'x' })),
    ).rejects.toMatchObject({
      kind: 'ImagesNotConfigured',
      message: expect.stringContaining('"images" section'),
    });
  });

  test('a driver that has the image makes the volume of it; one that has not is asked no more', async () => {
    const directory = scratchDirectory();
    const images = testImages(directory);
    images.raw('disk.raw', 1);
    const driver = new MemoryDriver();
    const lifecycle = await startLifecycle({ drivers: { memory: driver }, images: images.config });
    driver.implement('cloneImage', ({ volume, imageId, imageMeta }) => {
      if (imageMeta.disk_format !== 'raw' || imageId !== 'disk.raw') return { cloned: false };
      driver.holdings.volumes.set(volume.name, volume.size);
      return { cloned: true, update: { providerId: 'cloned' } };
    });
    const volume = await makeVolume(lifecycle, { imageId: 'disk.raw' });
    expect(volume).toMatchObject({ status: 'available', providerId: 'cloned' });
    expect(driver.calls.map(({ name }) => name)).not.toContain('createVolume');
  });

  test('a volume that an image was half written over is not called available by hand, only by another image', async () => {
    const { lifecycle, images } = await withImages();
    images.raw('disk.raw', 2);
    const { volumes } = lifecycle.services;
    const { id } = await makeVolume(lifecycle, { size: bytes(8 * MIB) });
    const transfer = lifecycle.deps.images?.transfer;
    if (transfer === undefined) throw new Error('no images');
    const { writeToVolume } = transfer;
    Object.assign(transfer, { writeToVolume: () => Promise.reject(new Error('the line is cut')) });
    await volumes.reimage(user, id, { imageId: 'disk.raw', reserved: false });
    await lifecycle.idle();
    expect(await volumes.get(user, id)).toMatchObject({ status: 'error' });
    await expect(volumes.resetStatus(admin, id, { status: 'available' })).rejects.toThrow(
      /holds what the writing of an image has left unfinished/,
    );
    Object.assign(transfer, { writeToVolume });
    await volumes.reimage(user, id, { imageId: 'disk.raw', reserved: false });
    await lifecycle.idle();
    expect(await volumes.get(user, id)).toMatchObject({ status: 'available', failure: null });
    await volumes.resetStatus(admin, id, { status: 'error' });
    await volumes.resetStatus(admin, id, { status: 'available' });
  });
});
