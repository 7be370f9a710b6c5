import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, ContractError } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { driverVolume } from '../../src/backends/index.ts';
import type { UploadVolumeRequest, VolumeRecord } from '../../src/model/index.ts';
import { noQemuImg, type TestImages, testImages } from '../fixtures/imageDirectory.ts';
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
import { realDriver } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 1024 * 1024;
const request: UploadVolumeRequest = {
  name: 'from a volume',
  diskFormat: 'raw',
  visibility: 'private',
  protected: false,
  force: false,
};

async function withVolume(): Promise<{
  lifecycle: Lifecycle;
  images: TestImages;
  volume: VolumeRecord;
  disk: Buffer;
}> {
  const directory = scratchDirectory();
  const images = testImages(directory);
  const disk = images.raw('disk.raw', 6, { properties: { os_distro: 'debian' }, min_ram: 64 });
  const driver = await realDriver(directory, { volume_driver: 'fake', fake_data_dir: `${directory}/fake` });
  const lifecycle = await startLifecycle({ drivers: { real: driver }, images: images.config });
  const volume = await makeVolume(lifecycle, { size: bytes(6 * MIB), imageId: 'disk.raw' });
  expect(volume).toMatchObject({ status: 'available', failure: null });
  return { lifecycle, images, volume, disk };
}

const sidecarOf = (images: TestImages, id: string): unknown =>
  JSON.parse(readFileSync(join(images.path, `${id}.json`), 'utf8'));

test('raw: the image is the volume, with the properties of the image that it was made of', async () => {
  const { lifecycle, images, volume, disk } = await withVolume();
  const uploaded = await lifecycle.services.volumes.upload(user, volume.id, request);
  expect(uploaded).toMatchObject({ volume: { status: 'uploading' }, imageName: 'from a volume' });
  await lifecycle.idle();
  expect(await lifecycle.services.volumes.get(user, volume.id)).toMatchObject({
    status: 'available',
    failure: null,
  });
  expect(disk.equals(await readFile(join(images.path, uploaded.imageId)))).toBe(true);
  expect(sidecarOf(images, uploaded.imageId)).toMatchObject({
    status: 'active',
    disk_format: 'raw',
    owner: 'project-a',
    min_ram: 64,
    properties: { os_distro: 'debian' },
  });
  expect(lifecycle.deps.progress.of(volume.id)).toBeUndefined();
});

test.skipIf(noQemuImg)('qcow2, compressed: the disk inside is the volume, and goes round', async () => {
  const { lifecycle, images, volume, disk } = await withVolume();
  const { imageId } = await lifecycle.services.volumes.upload(user, volume.id, {
    ...request,
    diskFormat: 'qcow2',
  });
  await lifecycle.idle();
  const raw = join(images.path, 'compared');
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', join(images.path, imageId), raw]);
  expect(disk.equals(readFileSync(raw))).toBe(true);
  const again = await makeVolume(lifecycle, { size: bytes(8 * MIB), imageId });
  expect(again).toMatchObject({ status: 'available', failure: null });
  const { client } = lifecycle.deps.backends.ofHost(again.host).driver;
  const { path } = await client.localPath({ volume: await driverVolume(lifecycle.deps.state, again) });
  const file = await open(path);
  const start = Buffer.alloc(disk.length);
  await file.read(start, 0, start.length, 0);
  await file.close();
  expect(start.equals(disk)).toBe(true);
});

test('in use: only with force; it stays in use and attached', async () => {
  const { lifecycle, images, volume } = await withVolume();
  const { services } = lifecycle;
  const attachment = await services.attachments.create(user, {
    volumeId: volume.id,
    instanceId: null,
    connector: connectorOf('host-1'),
    mode: 'rw',
  });
  await services.attachments.complete(user, attachment.id);
  const before = readdirSync(images.path);
  await expect(services.volumes.upload(user, volume.id, request)).rejects.toMatchObject({
    kind: 'InvalidVolume',
    message: expect.stringContaining('with force'),
  });
  expect(readdirSync(images.path)).toEqual(before);
  const { imageId } = await services.volumes.upload(user, volume.id, { ...request, force: true });
  await lifecycle.idle();
  expect(sidecarOf(images, imageId)).toMatchObject({ status: 'active' });
  expect(await services.volumes.get(user, volume.id)).toMatchObject({ status: 'in-use', failure: null });
});

test('connected to an initiator without an attachment: only with force, too', async () => {
  const { lifecycle, images, volume } = await withVolume();
  const { services } = lifecycle;
  await services.volumes.initializeConnection(user, volume.id, connectorOf('host-1'));
  const before = readdirSync(images.path);
  await expect(services.volumes.upload(user, volume.id, request)).rejects.toMatchObject({
    kind: 'InvalidVolume',
    message: expect.stringContaining('connected to an initiator'),
  });
  expect(readdirSync(images.path)).toEqual(before);
  expect(await services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
});

test('the half image is removed also when the volume cannot be detached', async () => {
  const { lifecycle, images, volume } = await withVolume();
  const { access } = lifecycle.deps;
  const broken = (): Promise<never> =>
    Promise.reject(new ContractError('BACKEND_ERROR', 'the array is on fire'));
  Object.assign(access, { open: broken, release: broken });
  const { imageId } = await lifecycle.services.volumes.upload(user, volume.id, request);
  await lifecycle.idle();
  expect(existsSync(join(images.path, `${imageId}.json`))).toBe(false);
  expect(await lifecycle.services.volumes.get(user, volume.id)).toMatchObject({
    status: 'available',
    failure: expect.stringContaining('on fire'),
  });
});

test('a failure removes the half image; the volume is what it was and says why', async () => {
  const directory = scratchDirectory();
  const images = testImages(directory);
  const lifecycle = await startLifecycle({ drivers: { memory: new MemoryDriver() }, images: images.config });
  const volume = await makeVolume(lifecycle);
  // Its driver has no bytes: it cannot be opened.
  const { imageId } = await lifecycle.services.volumes.upload(user, volume.id, request);
  await lifecycle.idle();
  const after = await lifecycle.services.volumes.get(user, volume.id);
  expect(after.status).toBe('available');
  expect(after.failure).toBeTruthy();
  expect(existsSync(join(images.path, `${imageId}.json`))).toBe(false);
  expect(lifecycle.driver.holdings.exports.size).toBe(0);
});

test('a claim that is refused leaves no record of an image', async () => {
  const { lifecycle, images, volume } = await withVolume();
  const before = readdirSync(images.path);
  await lifecycle.services.volumes.resetStatus(admin, volume.id, { status: 'maintenance' });
  await expect(lifecycle.services.volumes.upload(user, volume.id, request)).rejects.toMatchObject({
    kind: 'InvalidVolume',
  });
  expect(readdirSync(images.path)).toEqual(before);
});

test('only administrators make public images', async () => {
  const { lifecycle, volume } = await withVolume();
  const wanted = { ...request, visibility: 'public' } as const;
  await expect(lifecycle.services.volumes.upload(user, volume.id, wanted)).rejects.toMatchObject({
    kind: 'Forbidden',
  });
});

test('an upload is cancelled: its image is gone, the volume available', async () => {
  const { lifecycle, images, volume } = await withVolume();
  const { services, deps } = lifecycle;
  const release = Promise.withResolvers<void>();
  const { open: openVolume } = deps.access;
  // It waits where it would read.
  Object.assign(deps.access, {
    open: async (...given: Parameters<typeof openVolume>) => {
      const { signal } = given[2];
      // From the start: it may be cancelled while the volume is being opened.
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      const opened = await openVolume.apply(deps.access, given);
      await Promise.race([release.promise, aborted]);
      signal.throwIfAborted();
      return opened;
    },
  });
  const { imageId } = await services.volumes.upload(user, volume.id, request);
  await eventually(async () => expect(deps.progress.of(volume.id)).toMatchObject({ operation: 'upload' }));
  await services.volumes.cancel(user, volume.id);
  expect(await services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
  expect(existsSync(join(images.path, `${imageId}.json`))).toBe(false);
  await expect(services.volumes.cancel(user, volume.id)).rejects.toMatchObject({ kind: 'InvalidVolume' });
  release.resolve();
});

test('reimage: another image over it, all else zero, its metadata replaced', async () => {
  const { lifecycle, images, volume } = await withVolume();
  const other = images.raw('other.raw', 3, { properties: { os_distro: 'other' } });
  await lifecycle.services.volumes.reimage(user, volume.id, { imageId: 'other.raw', reserved: false });
  expect(await lifecycle.services.volumes.get(user, volume.id)).toMatchObject({ status: 'downloading' });
  await lifecycle.idle();
  const now = await lifecycle.services.volumes.get(user, volume.id);
  expect(now).toMatchObject({
    status: 'available',
    imageMetadata: { image_id: 'other.raw', os_distro: 'other' },
  });
  const { client } = lifecycle.deps.backends.ofHost(now.host).driver;
  const { path } = await client.localPath({ volume: await driverVolume(lifecycle.deps.state, now) });
  expect(Buffer.concat([other, Buffer.alloc(3 * MIB)]).equals(await readFile(path))).toBe(true);
  images.raw('large.raw', 7);
  await expect(
    lifecycle.services.volumes.reimage(user, volume.id, { imageId: 'large.raw', reserved: false }),
  ).rejects.toMatchObject({ kind: 'InvalidImage' });
  expect(await lifecycle.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
});

test('reimage waits for no clone: it is refused while one is made of the volume', async () => {
  const { lifecycle, volume } = await withVolume();
  const clone = await makeVolume(lifecycle, { sourceVolumeId: volume.id });
  await lifecycle.deps.state.volumes.transition(clone.id, ['available'], { status: 'creating' });
  await expect(
    lifecycle.services.volumes.reimage(user, volume.id, { imageId: 'disk.raw', reserved: false }),
  ).rejects.toMatchObject({ kind: 'InvalidVolume', message: expect.stringContaining('being cloned') });
  expect(await lifecycle.services.volumes.get(user, volume.id)).toMatchObject({ status: 'available' });
});

test('image metadata is set, shown and unset', async () => {
  const { lifecycle, volume } = await withVolume();
  const { volumes } = lifecycle.services;
  const all = await volumes.setImageMetadata(user, volume.id, { os_distro: 'new', extra: '1' });
  expect(all).toMatchObject({ os_distro: 'new', extra: '1', image_id: 'disk.raw' });
  await volumes.unsetImageMetadata(user, volume.id, 'extra');
  expect((await volumes.get(user, volume.id)).imageMetadata).not.toHaveProperty('extra');
  await expect(volumes.unsetImageMetadata(user, volume.id, 'extra')).rejects.toMatchObject({
    kind: 'MetadataNotFound',
  });
});
