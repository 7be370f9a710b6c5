import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type TestImages, testImages } from '../fixtures/imageDirectory.ts';
import { iscsiSection, noIscsi, testTgtd, tracesOf } from '../fixtures/realBackend.ts';
import { callSocket, runService, volumeOf, writeConfig } from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';
import { spawnService } from '../fixtures/spawnedService.ts';

const IMAGE_MIB = 64;
const patient = { timeout: 60_000, interval: 50 };
const uploadSchema = z.object({ 'os-volume_upload_image': z.object({ image_id: z.string() }) });

/** A service that can be killed and started again, with images. */
interface Place {
  readonly directory: string;
  readonly images: TestImages;
  readonly config: string;
  readonly socket: string;
  fileOf(volumeId: string): string;
  /** What attaching has left on the host, when the last service has ended. */
  traces(): unknown[];
}

async function onFiles(): Promise<Place> {
  const directory = scratchDirectory();
  const images = testImages(directory);
  const data = join(directory, 'fake');
  const config = writeConfig(
    directory,
    { fake: { fake_data_dir: data } },
    { images: { type: 'directory', path: images.path } },
  );
  return {
    ...{ directory, images, config, socket: join(directory, 'state', 'api.sock') },
    fileOf: (volumeId) => join(data, 'volumes', `volume-${volumeId}`),
    traces: () => [],
  };
}

async function attached(): Promise<Place> {
  const directory = scratchDirectory();
  const images = testImages(directory);
  const tgtd = await testTgtd(directory);
  const config = writeConfig(
    directory,
    { iscsi: iscsiSection(directory, tgtd) },
    {
      images: { type: 'directory', path: images.path },
      data_path: { prefer: 'attach', iscsi_initiator: 'userland' },
    },
  );
  const hash = createHash('sha256').update(join(directory, 'state')).digest('hex').slice(0, 12);
  return {
    ...{ directory, images, config, socket: join(directory, 'state', 'api.sock') },
    fileOf: (volumeId) => join(directory, 'store', 'volumes', `volume-${volumeId}`),
    traces: () => [...tgtd.targets(), ...tracesOf(`data-path-${hash}`)],
  };
}

async function startOf(path: string, length: number): Promise<Buffer> {
  await using file = await open(path);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, 0, length, 0);
  return bytes;
}

if (noIscsi !== null) console.log(`skipped: killed while attached over iSCSI: ${noIscsi}`);
const places = [
  ['on files', onFiles, 3, false],
  ['attached over iSCSI', attached, 2, noIscsi !== null],
] as const;

for (const [title, place, kills, skipped] of places) {
  test.skipIf(skipped)(
    `${title}: kill -9 at random moments of a create from an image: it ends available, with the image's bytes`,
    { timeout: 300_000 },
    async () => {
      const here = await place();
      const disk = here.images.raw('disk.raw', IMAGE_MIB);
      let service = await spawnService(here.config);
      const body = { volume: { size: 1, imageRef: 'disk.raw' } };
      const { id } = volumeOf(await callSocket(here.socket, 'POST', '/p/volumes', body));
      for (let kill = 0; kill < kills; kill += 1) {
        await sleep(randomInt(0, 1_500));
        await service.kill();
        service = await spawnService(here.config);
      }
      await service.kill();
      const last = await runService(here.config);
      await vi.waitFor(async () => {
        const volume = volumeOf(await last.call('GET', `/p/volumes/${id}`));
        expect(volume).toMatchObject({ status: 'available', bootable: 'true' });
      }, patient);
      expect(disk.equals(await startOf(here.fileOf(id), disk.length))).toBe(true);
      expect(isZeroFrom(here.fileOf(id), disk.length)).toBe(true);
      expect(readdirSync(join(here.directory, 'state', 'conversion'))).toEqual([]);
      await vi.waitFor(() => expect(here.traces()).toEqual([]), patient);
    },
  );

  test.skipIf(skipped)(
    `${title}: kill -9 at random moments of uploads: each image is whole or gone, the volume available`,
    { timeout: 300_000 },
    async () => {
      const here = await place();
      const disk = here.images.raw('disk.raw', IMAGE_MIB);
      let service = await spawnService(here.config);
      const body = { volume: { size: 1, imageRef: 'disk.raw' } };
      const { id } = volumeOf(await callSocket(here.socket, 'POST', '/p/volumes', body));
      const settled = () =>
        vi.waitFor(async () => {
          const volume = volumeOf(await callSocket(here.socket, 'GET', `/p/volumes/${id}`));
          expect(volume).toMatchObject({ status: 'available' });
        }, patient);
      await settled();
      const uploaded: string[] = [];
      for (let kill = 0; kill < kills; kill += 1) {
        const upload = { 'os-volume_upload_image': { image_name: 'up', disk_format: 'qcow2' } };
        const answer = await callSocket(here.socket, 'POST', `/p/volumes/${id}/action`, upload);
        uploaded.push(uploadSchema.parse(answer.body)['os-volume_upload_image'].image_id);
        await sleep(randomInt(0, 1_000));
        await service.kill();
        service = await spawnService(here.config);
        await settled();
      }
      for (const imageId of uploaded) {
        const path = join(here.images.path, imageId);
        if (!existsSync(`${path}.json`)) expect(existsSync(path)).toBe(false);
        else expect(await diskIn(path, disk.length, here.directory)).toEqual(digestOf(disk));
      }
      await vi.waitFor(() => expect(here.traces()).toEqual([]), patient);
      expect(readdirSync(join(here.directory, 'state', 'conversion'))).toEqual([]);
    },
  );
}

/** Whether a file reads as zero from there on. */
function isZeroFrom(path: string, offset: number): boolean {
  const length = statSync(path).size - offset;
  const compared = spawnSync('cmp', ['-i', `${offset}:0`, '-n', String(length), path, '/dev/zero']);
  return compared.status === 0;
}

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function diskIn(qcow2: string, length: number, directory: string): Promise<string> {
  const raw = join(directory, `compared-${crypto.randomUUID()}`);
  execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', qcow2, raw]);
  return digestOf(await startOf(raw, length));
}
