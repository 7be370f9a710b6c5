import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataMover } from '@scoria/data-mover';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { convertToVolume } from '../../src/convert/toVolume.ts';
import { createImageTransfer, defaultLimits, type ImageTransferOptions, Sandbox } from '../../src/index.ts';
import { thisOwner } from '../../src/owner.ts';
import { openImage } from '../../src/transfer/openImage.ts';
import {
  content,
  noise,
  qemuImg,
  rejection,
  sparseFile,
  temporaryDirectory,
  volume,
} from '../support/files.ts';
import { caller, describeFile, fileSource, pipeSource } from '../support/sources.ts';

const MIB = 1024 * 1024;
const mover = new DataMover();
beforeAll(() => mover.start());
afterAll(() => mover.close());

/** A disk of random bytes as an image, and a volume of the same size. */
function stage(format: 'raw' | 'qcow2', sizeBytes = 4 * MIB) {
  const directory = temporaryDirectory();
  const conversionDirectory = temporaryDirectory();
  const raw = sparseFile(join(directory, 'raw'), sizeBytes, [{ offset: 0, data: noise(sizeBytes, 5) }]);
  const image = join(directory, 'image');
  qemuImg('convert', '-f', 'raw', '-O', format, raw, image);
  const destination = volume(join(directory, 'volume'), sizeBytes, 'zero');
  const transfer = (options: Partial<ImageTransferOptions> = {}) =>
    createImageTransfer({ source: fileSource, mover, conversionDirectory, ...options });
  return { directory, conversionDirectory, image, destination, transfer };
}

const wrong = { algorithm: 'sha256', hex: '0'.repeat(64) } as const;

describe('what came is not what was described', () => {
  it.each([
    { way: 'a qcow2 file', format: 'qcow2' as const, source: fileSource },
    { way: 'a raw file', format: 'raw' as const, source: fileSource },
    { way: 'a qcow2 stream', format: 'qcow2' as const, source: pipeSource() },
    { way: 'a raw stream', format: 'raw' as const, source: pipeSource() },
  ])('$way with another checksum', async ({ format, source }) => {
    const { image, destination, conversionDirectory, transfer } = stage(format);
    const description = describeFile(image, format, { checksum: wrong });
    const writing = transfer({ source }).writeToVolume(description, caller, destination);
    expect(await rejection(writing)).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(readdirSync(conversionDirectory)).toEqual([]);
  });

  it('a qcow2 stream with another checksum is never converted', async () => {
    const { image, destination, transfer } = stage('qcow2');
    const description = describeFile(image, 'qcow2', { checksum: wrong });
    await rejection(transfer({ source: pipeSource() }).writeToVolume(description, caller, destination));
    expect(content(destination.path).equals(Buffer.alloc(destination.sizeBytes))).toBe(true);
  });

  it.each(['md5', 'sha1', 'sha512'] as const)('%s is verified, too', async (algorithm) => {
    const { image, destination, transfer } = stage('qcow2');
    const [hex = ''] = execFileSync(`${algorithm}sum`, [image], { encoding: 'utf8' }).split(' ');
    const right = describeFile(image, 'qcow2', { checksum: { algorithm, hex } });
    await transfer().writeToVolume(right, caller, destination);
    const other = { ...right, checksum: { algorithm, hex: hex.replace(/./g, 'a') } };
    expect(await rejection(transfer().writeToVolume(other, caller, destination))).toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
  });

  it.each([-1, 1])('a raw stream with a size that is wrong by %d', async (by) => {
    const { image, destination, transfer } = stage('raw', 3 * MIB);
    const room = volume(`${destination.path}-larger`, 4 * MIB, 'zero');
    const described = describeFile(image, 'raw', { checksum: null });
    const description = { ...described, sizeBytes: (described.sizeBytes ?? 0) + by };
    const error = await rejection(
      transfer({ source: pipeSource() }).writeToVolume(description, caller, room),
    );
    expect(error).toMatchObject({ code: 'CONVERSION_FAILED' });
  });

  it('a source that fails is named, not the pipe that it left', async () => {
    const { image, destination, transfer } = stage('raw');
    const source = pipeSource(['sh', '-c', 'head -c 100000; exit 3']);
    const error = await rejection(
      transfer({ source }).writeToVolume(describeFile(image, 'raw'), caller, destination),
    );
    expect(error).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });

  it('an image that is changed while it is read', async () => {
    const { image, destination, transfer } = stage('raw');
    const description = describeFile(image, 'raw', { checksum: null });
    const writing = transfer().writeToVolume(description, caller, destination, {
      onProgress: () => appendFileSync(image, 'more'),
    });
    expect(await rejection(writing)).toMatchObject({ code: 'CONVERSION_FAILED' });
  });
});

describe('what cannot be', () => {
  it.each([
    { status: 'queued' as const, code: 'IMAGE_NOT_ACTIVE' },
    { diskFormat: 'ploop', code: 'FORMAT_NOT_SUPPORTED' },
    { diskFormat: null, code: 'FORMAT_NOT_SUPPORTED' },
    { containerFormat: 'ova', code: 'FORMAT_NOT_SUPPORTED' },
    { virtualSizeBytes: 4 * MIB + 1, code: 'IMAGE_TOO_LARGE' },
  ])('$code: an image of %o', async ({ code, ...overrides }) => {
    const { image, destination, transfer } = stage('raw');
    const description = describeFile(image, 'raw', overrides);
    expect(await rejection(transfer().writeToVolume(description, caller, destination))).toMatchObject({
      code,
    });
  });

  it('a destination smaller than the disk by one byte', async () => {
    const { directory, image, transfer } = stage('raw');
    const small = volume(join(directory, 'small'), 4 * MIB - 1, 'stale');
    const before = content(small.path);
    const error = await rejection(transfer().writeToVolume(describeFile(image, 'raw'), caller, small));
    expect(error).toMatchObject({ code: 'IMAGE_TOO_LARGE' });
    expect(content(small.path).equals(before)).toBe(true);
  });

  it.each(['raw', 'qcow2'] as const)('a destination that is another file: %s', async (format) => {
    const { image, destination, transfer } = stage(format);
    const other = { ...destination, identity: { type: 'inode', dev: '1', ino: '1' } as const };
    const error = await rejection(transfer().writeToVolume(describeFile(image, format), caller, other));
    expect(error).toMatchObject({ name: 'DataMoverError', code: 'IDENTITY_MISMATCH' });
    expect(content(destination.path).equals(Buffer.alloc(destination.sizeBytes))).toBe(true);
  });

  it('a conversion that takes too long, or too much memory', async () => {
    const { image, destination, transfer } = stage('qcow2');
    const description = describeFile(image, 'qcow2');
    for (const limits of [{ conversionDeadlineMs: 1 }, { conversionAddressSpaceBytes: 24 * MIB }]) {
      const error = await rejection(transfer({ limits }).writeToVolume(description, caller, destination));
      expect(error).toMatchObject({ code: 'CONVERSION_FAILED' });
    }
  });

  it('an inspection that takes too much', async () => {
    const { image, destination, transfer } = stage('qcow2');
    const limited = transfer({ limits: { inspectionAddressSpaceBytes: 256 * MIB } });
    const error = await rejection(limited.writeToVolume(describeFile(image, 'qcow2'), caller, destination));
    expect(error).toMatchObject({ code: 'UNSAFE_IMAGE', rule: 'any.limits' });
  });

  it('a conversion directory that is full', async () => {
    const { image, destination, transfer } = stage('qcow2');
    const conversionDirectory = temporaryDirectory();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', conversionDirectory]);
    onTestFinished(() => void execFileSync('umount', [conversionDirectory]));
    const full = transfer({ source: pipeSource(), conversionDirectory });
    const error = await rejection(full.writeToVolume(describeFile(image, 'qcow2'), caller, destination));
    expect(error).toMatchObject({ name: 'ImageError', code: 'NO_SPACE' });
    expect(readdirSync(conversionDirectory)).toEqual([]);
  });
});

describe('without the inspector, the sandbox alone', () => {
  it.each([
    { name: 'a backing file', make: ['-b', 'CANARY', '-F', 'raw', '-u'], size: '2M' },
    { name: 'a data file', make: ['-o', 'data_file=CANARY,data_file_raw=on'], size: '34816' },
  ])('shows nothing of $name', async ({ make, size }) => {
    const directory = temporaryDirectory();
    const secret = 'the content of a file of this host';
    const canary = join(directory, 'canary');
    writeFileSync(canary, secret.repeat(1024));
    const path = join(directory, 'image');
    qemuImg('create', '-q', '-f', 'qcow2', ...make.map((word) => word.replace('CANARY', canary)), path, size);
    writeFileSync(canary, secret.repeat(1024));
    const destination = volume(join(directory, 'volume'), 4 * MIB, 'zero');
    // Without the sandbox it is seen: the image is what it should be.
    qemuImg('convert', '-f', 'qcow2', '-O', 'raw', path, join(directory, 'seen'));
    expect(content(join(directory, 'seen')).includes(secret)).toBe(true);
    const image = openImage(path);
    const work = {
      image: { path, fd: image.fd, access: 'read' },
      imageInMemory: true,
      format: 'qcow2',
      virtualSizeBytes: 34_816,
    } as const;
    const { signal } = new AbortController();
    await convertToVolume(
      { ...work, destination, signal },
      { sandbox: new Sandbox(), limits: defaultLimits },
    ).catch((error: unknown) => expect(error).toMatchObject({ code: 'CONVERSION_FAILED' }));
    image.close();
    expect(content(destination.path).includes(secret)).toBe(false);
  });
});

/** A mover whose copies take 4 s for 64 MiB. */
function slowMover(): AsyncDisposable & { readonly mover: DataMover } {
  const slow = new DataMover();
  slow.start();
  const copy = slow.copy.bind(slow);
  const io = { bytesPerSecond: 16 * MIB };
  return {
    mover: Object.assign(slow, {
      copy: (...[request, options]: Parameters<typeof copy>) => copy({ ...request, io }, options),
    }),
    [Symbol.asyncDispose]: () => slow.close({ cancel: true }),
  };
}

describe('a cancelled transfer', () => {
  it.each([
    { way: 'a qcow2 file', format: 'qcow2' as const, source: fileSource },
    { way: 'a raw file', format: 'raw' as const, source: fileSource },
    {
      way: 'a qcow2 stream',
      format: 'qcow2' as const,
      source: pipeSource(['sh', '-c', 'head -c 1000000; exec sleep 60']),
    },
    {
      way: 'a raw stream',
      format: 'raw' as const,
      source: pipeSource(['sh', '-c', 'head -c 1000000; exec sleep 60']),
    },
    { way: 'a silent stream', format: 'raw' as const, source: pipeSource(['sleep', '60']) },
  ])('of $way ends at once and leaves nothing', async ({ format, source }) => {
    const { image, destination, conversionDirectory, transfer } = stage(format, 64 * MIB);
    const cancelling = new AbortController();
    const description = describeFile(image, format, { checksum: null });
    await using slow = slowMover();
    const writing = transfer({ source, mover: slow.mover }).writeToVolume(description, caller, destination, {
      signal: cancelling.signal,
    });
    const failed = rejection(writing);
    // In the middle, however fast this machine is: what the mover does takes seconds, what qemu-img does has just begun.
    const untilMs = performance.now() + 250;
    while (performance.now() < untilMs && commandsWith(destination.path).length === 0) await sleep(5);
    cancelling.abort();
    const started = performance.now();
    expect(await failed).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(readdirSync(conversionDirectory)).toEqual([]);
    expect(commandsWith(conversionDirectory)).toEqual([]);
    expect(commandsWith(destination.path)).toEqual([]);
  });

  it('that was cancelled before does nothing', async () => {
    const { image, destination, transfer } = stage('raw');
    const signal = AbortSignal.abort();
    const error = await rejection(
      transfer().writeToVolume(describeFile(image, 'raw'), caller, destination, { signal }),
    );
    expect(error).toMatchObject({ code: 'CANCELLED' });
    expect(content(destination.path).equals(Buffer.alloc(destination.sizeBytes))).toBe(true);
  });
});

it('a sweep removes what processes that are gone left, and nothing else', async () => {
  const { conversionDirectory, transfer } = stage('raw');
  const living = `scoria-image-${thisOwner()}.living`;
  const [boot] = thisOwner().split('.');
  const gone = [`${boot}.${process.pid}-1`, `${boot}.999999999-7`, 'deadbeef.1-1', 'nobody'];
  for (const name of [living, ...gone.map((owner) => `scoria-image-${owner}.gone`), 'of somebody else'])
    writeFileSync(join(conversionDirectory, name), '');
  await transfer().sweep();
  expect(readdirSync(conversionDirectory).sort()).toEqual(['of somebody else', living].sort());
  await transfer({ conversionDirectory: join(conversionDirectory, 'absent') }).sweep();
});

/** Processes that have a text in their command line. */
function commandsWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(text));
}
