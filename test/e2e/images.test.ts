import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  type Glance,
  glanceTokens,
  noGlance,
  projectId,
  type Stage,
  startGlance,
  startStage,
  temporaryDirectory,
  tokens,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const missing =
  noGlance ??
  ['/usr/bin/cinder', '/usr/bin/qemu-img', '/usr/sbin/mke2fs']
    .filter((program) => !existsSync(program))
    .map((program) => `${program} is not installed`)[0];
if (missing !== undefined) console.warn(`skipped: volumes and images of a real Glance: ${missing}`);

const MIB = 1024 * 1024;

describe.skipIf(missing !== undefined).each([
  ['by the local path', 'local'],
  ['attached over iSCSI', 'attach'],
] as const)('a distribution from Glance to a volume and back, %s', (_, prefer) => {
  let stage: Stage;
  let glance: Glance;
  let scratch: Awaited<ReturnType<typeof temporaryDirectory>>;
  let disk: string;
  let imageId: string;

  beforeAll(async () => {
    scratch = await temporaryDirectory();
    glance = await startGlance(scratch.path, { auth: 'tokens' });
    const tokenFile = join(scratch.path, 'token');
    await writeFile(tokenFile, glanceTokens.admin, { mode: 0o600 });
    stage = await startStage({
      tcp: true,
      settings: {
        images: {
          ...{ type: 'glance', url: glance.url, poll_seconds: 0.05 },
          ...{ auth: 'token_file', token_file: tokenFile },
        },
        data_path: { prefer, iscsi_initiator: 'userland' },
      },
    });
    disk = join(scratch.path, 'disk.raw');
    await makeDistribution(scratch.path, disk);
    imageId = await store(glance, disk, scratch.path);
  }, 120_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
    await glance?.stop();
    await scratch?.[Symbol.asyncDispose]();
  });

  async function cinder(...argv: string[]): Promise<string> {
    const { stdout } = await run(
      '/usr/bin/cinder',
      [
        ...['--os-auth-type', 'admin_token', '--os-token', tokens.member],
        ...['--os-endpoint', `${stage.scoria.origin}/v3/${projectId}`, '--os-project-id', projectId],
        ...argv,
      ],
      { env: { PATH: '/usr/bin:/bin', HOME: stage.directory } },
    );
    return stdout;
  }
  const cell = (table: string, name: string) => new RegExp(`\\| ${name} +\\| (\\S+)`).exec(table)?.[1] ?? '';
  const available = (id: string) =>
    waitFor(
      `volume ${id} to be available`,
      async () => {
        const { volume } = await stage.client.ok('GET', `/volumes/${id}`);
        if (volume.status.startsWith('error')) throw new Error(JSON.stringify(await messages()));
        return volume.status === 'available' ? volume : undefined;
      },
      { timeoutMs: 120_000 },
    );
  const messages = () => stage.client.ok('GET', '/messages');
  const fileOf = (id: string) => join(stage.directory, 'volumes', 'volumes', `volume-${id}`);

  it('becomes an identical volume, goes back as qcow2, and comes again', { timeout: 240_000 }, async () => {
    const id = cell(await cinder('create', '--image-id', imageId, '--name', 'boot', '1'), 'id');
    const volume = await available(id);
    expect(volume).toMatchObject({
      bootable: 'true',
      volume_image_metadata: { image_id: imageId, disk_format: 'qcow2', os_distro: 'made-up' },
    });
    await identical('raw', disk, 'raw', fileOf(id));

    const uploaded = await cinder('upload-to-image', '--disk-format', 'qcow2', 'boot', 'back');
    const back = cell(uploaded, 'image_id');
    await available(id);
    const record = await (await ask(glance, `/v2/images/${back}`)).json();
    expect(record).toMatchObject({
      name: 'back',
      status: 'active',
      disk_format: 'qcow2',
      visibility: 'private',
      os_distro: 'made-up',
    });
    await identical('raw', disk, 'qcow2', join(glance.images, back));

    const again = cell(await cinder('create', '--image-id', back, '1'), 'id');
    await available(again);
    await identical('raw', disk, 'raw', fileOf(again));
    await run('/usr/sbin/e2fsck', ['-fn', `${await partition(fileOf(again), scratch.path)}`]);
    expect(await conversionLeft(stage)).toEqual([]);
  });

  it('leaves no image when there is no volume to upload, and no volume when there is no image', async () => {
    const before = await count(glance);
    await expect(cinder('upload-to-image', '11111111-2222-4333-8444-555555555555', 'x')).rejects.toThrow();
    await expect(
      cinder('create', '--image-id', '11111111-2222-4333-8444-555555555555', '--name', 'none', '1'),
    ).rejects.toMatchObject({ stderr: expect.stringMatching(/HTTP 404/) });
    expect(await count(glance)).toBe(before);
    expect(await cinder('list')).not.toContain('none');
  });
});

/** A disk as distributions come: a partition table, and a file system with files in its partition. */
async function makeDistribution(folder: string, disk: string): Promise<void> {
  const root = join(folder, 'root');
  await mkdir(join(root, 'etc'), { recursive: true });
  await writeFile(join(root, 'etc', 'os-release'), 'ID=made-up\n');
  await writeFile(join(root, 'noise'), crypto.getRandomValues(new Uint8Array(65_536)));
  await writeFile(disk, '');
  await truncate(disk, 64 * MIB);
  const system = join(folder, 'partition');
  await writeFile(system, '');
  await truncate(system, 62 * MIB);
  await run('/usr/sbin/mke2fs', ['-q', '-t', 'ext4', '-d', root, system]);
  await using target = await open(disk, 'r+');
  await target.write(await readFile(system), 0, 62 * MIB, MIB);
  // A master boot record with one partition, of Linux, from 1 MiB on.
  const record = Buffer.alloc(512);
  record.set([0x80, 0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff, 0xff], 446);
  record.writeUInt32LE(2048, 454);
  record.writeUInt32LE(62 * 2048, 458);
  record.writeUInt16LE(0xaa55, 510);
  await target.write(record, 0, record.length, 0);
}

/** @throws for a status that is none of success */
async function ask(glance: Glance, path: string, request: RequestInit = {}): Promise<Response> {
  const headers = { ...Object.fromEntries(new Headers(request.headers)), 'x-auth-token': glanceTokens.admin };
  const response = await fetch(`${glance.url}${path}`, { ...request, headers });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** Stores a disk in Glance as qcow2, as its users do. */
async function store(glance: Glance, disk: string, folder: string): Promise<string> {
  const qcow2 = join(folder, 'disk.qcow2');
  await run('/usr/bin/qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', disk, qcow2]);
  const created = await ask(glance, '/v2/images', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'distribution',
      disk_format: 'qcow2',
      container_format: 'bare',
      visibility: 'public',
      os_distro: 'made-up',
    }),
  });
  const { id } = z.object({ id: z.string() }).parse(await created.json());
  await ask(glance, `/v2/images/${id}/file`, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: await readFile(qcow2),
  });
  return id;
}

/** @throws when a byte differs; what one has behind the end of the other must be zero. */
async function identical(format: string, one: string, other: string, path: string): Promise<void> {
  await run('/usr/bin/qemu-img', ['compare', '-f', format, '-F', other, one, path]);
}

async function partition(disk: string, folder: string): Promise<string> {
  const path = join(folder, `partition-${crypto.randomUUID()}`);
  await using file = await open(disk);
  const bytes = Buffer.alloc(62 * MIB);
  await file.read(bytes, 0, bytes.length, MIB);
  await writeFile(path, bytes);
  return path;
}

async function conversionLeft(stage: Stage): Promise<string[]> {
  return readdir(join(stage.scoria.stateDirectory, 'conversion'));
}

async function count(glance: Glance): Promise<number> {
  const answer = await ask(glance, '/v2/images');
  const { images } = z.object({ images: z.array(z.unknown()) }).parse(await answer.json());
  return images.length;
}
