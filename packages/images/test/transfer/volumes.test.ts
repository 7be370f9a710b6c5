import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataMover } from '@scoria/data-mover';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  createImageCache,
  createImageSource,
  createImageTransfer,
  type ImageDraft,
  type ImageTransfer,
  type VolumeEndpoint,
} from '../../src/index.ts';
import {
  content,
  endpointOf,
  model,
  noise,
  type Piece,
  qemuImg,
  sparseFile,
  temporaryDirectory,
  volume,
} from '../support/files.ts';
import { caller, describeFile, fileSource, pipeSource } from '../support/sources.ts';

const MIB = 1024 * 1024;
const mover = new DataMover();
beforeAll(() => mover.start());
afterAll(() => mover.close());

function transferFrom(source = fileSource): ImageTransfer {
  return createImageTransfer({ source, mover, conversionDirectory: temporaryDirectory() });
}

/** A block device of this content, until the test ends. Undefined where there are none. */
function loopDevice(path: string): string | undefined {
  try {
    const device = execFileSync('losetup', ['--find', '--show', path], { encoding: 'utf8' }).trim();
    onTestFinished(() => void execFileSync('losetup', ['--detach', device]));
    return device;
  } catch (error) {
    console.warn(`SKIPPED loop devices: ${String(error)}`);
    return undefined;
  }
}

const pieces: readonly Piece[] = [
  { offset: 0, data: noise(100_000, 11) },
  { offset: 3 * MIB, data: noise(MIB, 12) },
];

describe('a block device', () => {
  it.each(['zero', 'stale'] as const)('of %s bytes gets the disk, and is zero behind it', async (before) => {
    const directory = temporaryDirectory();
    const raw = sparseFile(join(directory, 'raw'), 5 * MIB, pieces);
    const image = join(directory, 'image');
    qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, image);
    const file = volume(join(directory, 'volume'), 8 * MIB, before);
    const device = loopDevice(file.path);
    if (device === undefined) return;
    await transferFrom().writeToVolume(describeFile(image, 'qcow2'), caller, { ...file, path: device });
    expect(readFileSync(device).equals(model(8 * MIB, pieces))).toBe(true);
  });

  it('that is not the one it should be is left alone', async () => {
    const directory = temporaryDirectory();
    const image = join(directory, 'image');
    qemuImg('create', '-q', '-f', 'qcow2', image, '1M');
    const [one, two] = ['one', 'two'].map((name) => volume(join(directory, name), 2 * MIB, 'stale'));
    const device = loopDevice(one?.path ?? '');
    if (device === undefined || two === undefined) return;
    const writing = transferFrom().writeToVolume(describeFile(image, 'qcow2'), caller, {
      ...two,
      path: device,
    });
    await expect(writing).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    expect(readFileSync(device).equals(Buffer.alloc(2 * MIB, 'stale bytes of another project; '))).toBe(true);
  });
});

it('an image and a volume of other users are converted, and stay theirs', async () => {
  const directory = temporaryDirectory();
  const image = join(directory, 'image');
  const raw = sparseFile(join(directory, 'raw'), 5 * MIB, pieces);
  qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, image);
  const destination = volume(join(directory, 'volume'), 5 * MIB, 'stale');
  for (const path of [image, destination.path]) {
    if (process.geteuid?.() === 0) chownSync(path, 4242, 4242);
    chmodSync(path, 0o600);
  }
  chmodSync(directory, 0o700);
  await transferFrom().writeToVolume(describeFile(image, 'qcow2'), caller, destination);
  expect(content(destination.path).equals(model(5 * MIB, pieces))).toBe(true);
});

it('a file that qemu-storage-daemon exports by FUSE, as an attached volume is one, gets the disk', async () => {
  const directory = temporaryDirectory();
  const image = join(directory, 'image');
  const raw = sparseFile(join(directory, 'raw'), 5 * MIB, pieces);
  qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, image);
  const behind = volume(join(directory, 'behind'), 8 * MIB, 'stale').path;
  const mounted = join(directory, 'mounted');
  writeFileSync(mounted, '');
  const ready = join(directory, 'pid');
  const daemon = execFileSync('qemu-storage-daemon', [
    ...['--blockdev', `driver=file,node-name=disk,filename=${behind}`],
    ...['--export', `type=fuse,id=fuse,node-name=disk,mountpoint=${mounted},writable=on`],
    ...['--daemonize', '--pidfile', ready],
  ]);
  expect(daemon.length).toBe(0);
  const pid = Number(readFileSync(ready, 'utf8'));
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  onTestFinished(() => void execFileSync('umount', ['-l', mounted]));
  await transferFrom().writeToVolume(describeFile(image, 'qcow2'), caller, endpointOf(mounted, false));
  expect(content(mounted).equals(model(8 * MIB, pieces))).toBe(true);
});

describe('random disks', () => {
  const disks = fc.record({
    sectors: fc.integer({ min: 0, max: 4000 }),
    extra: fc.integer({ min: 0, max: 100_000 }),
    before: fc.constantFrom('zero' as const, 'stale' as const),
    way: fc.constantFrom('file' as const, 'pipe' as const),
    format: fc.constantFrom('raw' as const, 'qcow2' as const),
    pieces: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        length: fc.integer({ min: 1, max: 200_000 }),
        seed: fc.nat(1000),
      }),
      { maxLength: 4 },
    ),
    odd: fc.integer({ min: 0, max: 511 }),
  });

  it('equal the model byte for byte', async () => {
    const directory = temporaryDirectory();
    await fc.assert(
      fc.asyncProperty(disks, async ({ sectors, extra, before, way, format, pieces: given, odd }) => {
        // Only a raw disk may be no whole number of sectors.
        const sizeBytes = sectors * 512 + (format === 'raw' ? odd : 0);
        const parts = given.map(({ at, length, seed }) => {
          const offset = Math.floor(at * sizeBytes);
          return { offset, data: noise(Math.min(length, sizeBytes - offset), seed) };
        });
        const raw = sparseFile(join(directory, 'raw'), sizeBytes, parts);
        const image = join(directory, 'image');
        qemuImg('convert', '-f', 'raw', '-O', format, raw, image);
        if (format === 'raw') writeFileSync(image, readFileSync(raw));
        const destination = volume(join(directory, 'volume'), sizeBytes + extra, before);
        const source = way === 'file' ? fileSource : pipeSource();
        const written = await transferFrom(source).writeToVolume(
          describeFile(image, format),
          caller,
          destination,
        );
        expect(written.virtualSizeBytes).toBe(sizeBytes);
        expect(content(destination.path).equals(model(sizeBytes + extra, parts))).toBe(true);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});

/** A disk as a distribution makes it: a partition table, and a file system with files in its one partition. */
function distributionDisk(path: string): void {
  const start = 2048;
  const table = Buffer.alloc(512);
  // One bootable entry of type Linux, from `start` on, 20 MiB long; then the signature.
  table.writeUInt8(0x80, 446);
  table.writeUInt8(0x83, 450);
  table.writeUInt32LE(start, 454);
  table.writeUInt32LE((20 * MIB) / 512, 458);
  table.writeUInt16LE(0xaa55, 510);
  sparseFile(path, 24 * MIB, [{ offset: 0, data: table }]);
  const files = temporaryDirectory();
  for (const name of ['vmlinuz', 'init']) writeFileSync(join(files, name), noise(700_000, name.length));
  execFileSync('mkfs.ext4', ['-q', '-d', files, '-E', `offset=${start * 512}`, path, '20M'], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: 'ignore',
  });
}

describe('a disk of a distribution', () => {
  it('becomes a volume, is uploaded as qcow2 and as raw, and comes back equal', async () => {
    const directory = temporaryDirectory();
    const images = temporaryDirectory();
    const conversionDirectory = temporaryDirectory();
    const disk = join(directory, 'disk');
    distributionDisk(disk);
    const packed = join(directory, 'packed.qcow2');
    qemuImg('convert', '-c', '-f', 'raw', '-O', 'qcow2', disk, packed);
    const first = volume(join(directory, 'first'), 32 * MIB, 'stale');
    await transferFrom().writeToVolume(describeFile(packed, 'qcow2'), caller, first);
    expect(qemuImg('compare', '-f', 'raw', '-F', 'qcow2', first.path, packed)).toContain('identical');

    const source = createImageSource({ type: 'directory', path: images, read_only: false }, { mover });
    const transfer = createImageTransfer({ source, mover, conversionDirectory });
    for (const form of [
      { diskFormat: 'qcow2', compress: true },
      { diskFormat: 'qcow2', compress: false },
      { diskFormat: 'raw', compress: false },
    ] as const) {
      const stored = await uploaded(transfer, first, form);
      expect(stored.status).toBe('active');
      const back = volume(join(directory, 'back'), 32 * MIB, 'stale');
      const written = await transfer.writeToVolume(stored, caller, back);
      expect(written).toEqual({ format: form.diskFormat, virtualSizeBytes: 32 * MIB, cached: false });
      expect(content(back.path).equals(content(first.path))).toBe(true);
      if (form.compress) expect(stored.sizeBytes).toBeLessThan(8 * MIB);
    }
    expect(readdirSync(conversionDirectory)).toEqual([]);
  }, 60_000);
});

async function uploaded(
  transfer: ImageTransfer,
  source: VolumeEndpoint,
  format: { readonly diskFormat: 'raw' | 'qcow2'; readonly compress: boolean },
) {
  const draft: ImageDraft = {
    name: 'of a volume',
    diskFormat: format.diskFormat,
    containerFormat: 'bare',
    visibility: 'private',
    protected: false,
    minDiskGib: 0,
    minRamMib: 0,
    properties: {},
  };
  const { id } = await transfer.createImage(draft, caller);
  const shown: number[] = [];
  const stored = await transfer.uploadVolume(id, source, format, caller, {
    onProgress: ({ doneBytes }) => shown.push(doneBytes),
  });
  expect(shown.at(-1)).toBe(source.sizeBytes);
  return transfer.describe(stored.id, caller);
}

it('a volume with the header of a qcow2 in it is uploaded as bytes: no file of the host comes with it', async () => {
  const directory = temporaryDirectory();
  const secret = 'the content of a file of this host';
  const canary = join(directory, 'canary');
  writeFileSync(canary, secret.repeat(10_000));
  const header = join(directory, 'header');
  qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', canary, '-F', 'raw', header, '1M');
  const bytes = content(header);
  const source = volume(join(directory, 'volume'), MIB, 'zero');
  writeFileSync(source.path, bytes.subarray(0, MIB), { flag: 'r+' });
  const images = temporaryDirectory();
  const transfer = createImageTransfer({
    source: createImageSource({ type: 'directory', path: images, read_only: false }, { mover }),
    mover,
    conversionDirectory: temporaryDirectory(),
  });
  const volumeEndpoint = endpointOf(source.path, false);
  for (const diskFormat of ['raw', 'qcow2'] as const) {
    const stored = await uploaded(transfer, volumeEndpoint, { diskFormat, compress: false });
    const raw = join(directory, 'raw');
    qemuImg('convert', '-f', diskFormat, '-O', 'raw', join(images, stored.id), raw);
    expect(content(raw).equals(content(source.path))).toBe(true);
    expect(content(raw).includes(secret)).toBe(false);
  }
});

it('an image goes through the cache once, and comes out of it then', async () => {
  const directory = temporaryDirectory();
  const image = join(directory, 'image');
  const raw = sparseFile(join(directory, 'raw'), 5 * MIB, pieces);
  qemuImg('convert', '-f', 'raw', '-O', 'qcow2', raw, image);
  const cache = await createImageCache({ directory: join(directory, 'cache'), maxBytes: 100 * MIB, mover });
  onTestFinished(() => cache.close());
  const conversionDirectory = temporaryDirectory();
  const transfer = createImageTransfer({ source: pipeSource(), mover, conversionDirectory, cache });
  const description = describeFile(image, 'qcow2');
  for (const cached of [false, true, true]) {
    const destination = volume(join(directory, 'volume'), 8 * MIB, 'stale');
    const written = await transfer.writeToVolume(description, caller, destination);
    expect(written).toEqual({ format: 'qcow2', virtualSizeBytes: 5 * MIB, cached });
    expect(content(destination.path).equals(model(8 * MIB, pieces))).toBe(true);
  }
  const small = volume(join(directory, 'small'), 4 * MIB, 'stale');
  await expect(transfer.writeToVolume(description, caller, small)).rejects.toMatchObject({
    code: 'IMAGE_TOO_LARGE',
  });
  expect(readdirSync(cache.stagingDirectory)).toEqual([]);
});
