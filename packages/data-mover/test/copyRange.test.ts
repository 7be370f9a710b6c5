import { createHash } from 'node:crypto';
import { copyFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskControl } from '../src/control.ts';
import { copyRange } from '../src/copy/copyRange.ts';
import type { CopyRequest, CopyResult } from '../src/index.ts';
import { allocated, content, inodeOf, model, noise, type Piece, side, writeSparse } from './files.ts';
import { attachLoop, everyFilesystem, here, noLoopDevices } from './filesystems.ts';

const MIB = 1024 * 1024;

function copy(request: CopyRequest): Promise<CopyResult> {
  return copyRange(request, new TaskControl());
}

/** Every byte is accounted for once. */
function expectAccounted(result: CopyResult, length: number, resumeFrom = 0): void {
  expect(result.bytes).toBe(length);
  expect(result.copiedBytes + result.skippedBytes + result.zeroedBytes).toBe(length - resumeFrom);
}

/** Random sparse files and ranges, on block boundaries and off them. */
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 600_000 }),
  fc.integer({ min: 0, max: 150 }).map((blocks) => blocks * 4096),
);
const offsets = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 70_000 }),
  fc.integer({ min: 0, max: 16 }).map((blocks) => blocks * 4096),
);
const pieces = fc.array(
  fc.record({
    offset: fc.integer({ min: 0, max: 700_000 }),
    length: fc.integer({ min: 1, max: 150_000 }),
    seed: fc.nat(1000),
  }),
  { maxLength: 6 },
);
const cases = fc.record({
  length: sizes,
  sourceOffset: offsets,
  destinationOffset: offsets,
  sourceExtra: fc.nat(10_000),
  destinationExtra: fc.nat(10_000),
  sourcePieces: pieces,
  destinationPieces: pieces,
  destinationIsZero: fc.boolean(),
  // The part that an earlier run made durable.
  resumed: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
  digest: fc.boolean(),
  verify: fc.boolean(),
  blockSize: fc.constantFrom(undefined, undefined, 512, 1536, 65536, 4 * MIB),
});

function cut(list: { offset: number; length: number; seed: number }[], size: number): Piece[] {
  return list
    .filter(({ offset }) => offset < size)
    .map(({ offset, length, seed }) => {
      const bytes = Math.min(length, size - offset);
      // Some data is zeros that were written.
      return { offset, data: seed % 3 === 0 ? Buffer.alloc(bytes) : noise(bytes, seed) };
    });
}

describe.each(everyFilesystem())('copyRange on $name', ({ path: directory, reflinks, skip }) => {
  it.skipIf(skip)(
    'equals the model byte for byte, and touches nothing else',
    async () => {
      const source = join(directory, 'source');
      const destination = join(directory, 'destination');
      await fc.assert(
        fc.asyncProperty(cases, async (given) => {
          const sourceSize = given.sourceOffset + given.length + given.sourceExtra;
          const destinationSize = given.destinationOffset + given.length + given.destinationExtra;
          const from = cut(given.sourcePieces, sourceSize);
          // A destination that is said to be zero in the range has data outside of it only.
          const to = cut(
            given.destinationPieces,
            given.destinationIsZero ? given.destinationOffset : destinationSize,
          );
          writeSparse(source, sourceSize, from);
          const resumeFrom = Math.floor(given.resumed * given.length);
          const start = given.sourceOffset;
          const before = model(sourceSize, from).subarray(start, start + resumeFrom);
          writeSparse(destination, destinationSize, [
            ...to,
            { offset: given.destinationOffset, data: before },
          ]);
          const expected = model(destinationSize, to);
          model(sourceSize, from).copy(
            expected,
            given.destinationOffset,
            given.sourceOffset,
            given.sourceOffset + given.length,
          );

          const result = await copy({
            source: side(source, given.sourceOffset),
            destination: side(destination, given.destinationOffset),
            length: given.length,
            destinationIsZero: given.destinationIsZero,
            resumeFrom,
            digest: given.digest,
            verify: given.verify,
            io: given.blockSize === undefined ? {} : { blockSize: given.blockSize },
          });

          expectAccounted(result, given.length, resumeFrom);
          expect(result.verified).toBe(given.verify);
          const range = expected.subarray(given.destinationOffset, given.destinationOffset + given.length);
          expect(result.sha256).toBe(given.digest ? createHash('sha256').update(range).digest('hex') : null);
          expect(content(destination).equals(expected)).toBe(true);
          expect(content(source).equals(model(sourceSize, from))).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
    60_000,
  );

  it.skipIf(skip)('keeps holes only where the destination is zero', async () => {
    const source = join(directory, 'holey');
    const destination = join(directory, 'holey-copy');
    writeSparse(source, 64 * MIB + 123, [
      { offset: MIB, data: noise(MIB) },
      { offset: 40 * MIB, data: noise(MIB, 2) },
    ]);
    writeSparse(destination, 64 * MIB + 123, []);
    const request = { source: side(source), destination: side(destination), length: 64 * MIB + 123 };
    const onZero = await copy({ ...request, destinationIsZero: true });
    expect(content(destination).equals(content(source))).toBe(true);
    expect(allocated(destination)).toBeLessThan(4 * MIB);
    if (!reflinks)
      expect(onZero).toMatchObject({ copiedBytes: 2 * MIB, skippedBytes: 62 * MIB + 123, zeroedBytes: 0 });

    writeSparse(destination, 64 * MIB + 123, [{ offset: 0, data: noise(50 * MIB, 3) }]);
    const onDirt = await copy({ ...request, destination: side(destination) });
    expect(content(destination).equals(content(source))).toBe(true);
    expect(onDirt.skippedBytes).toBe(0);
  });

  it.skipIf(skip)(`shares ${reflinks ? 'what it can' : 'nothing'}`, async () => {
    const source = join(directory, 'shared');
    const destination = join(directory, 'shared-copy');
    writeFileSync(source, noise(8 * MIB + 5));
    writeFileSync(destination, noise(8 * MIB + 5, 2));
    const result = await copy({ source: side(source), destination: side(destination), length: 8 * MIB + 5 });
    expect(result.method === 'reflink').toBe(reflinks);
    expect(content(destination).equals(content(source))).toBe(true);
    const unaligned = await copy({
      source: side(source, 1),
      destination: side(destination),
      length: 4 * MIB,
    });
    expect(unaligned.method).not.toBe('reflink');
    expect(
      content(destination)
        .subarray(0, 4 * MIB)
        .equals(content(source).subarray(1, 4 * MIB + 1)),
    ).toBe(true);
  });

  it.skipIf(skip)('may be repeated', async () => {
    const source = join(directory, 'twice');
    const destination = join(directory, 'twice-copy');
    writeFileSync(source, noise(MIB));
    writeFileSync(destination, Buffer.alloc(MIB));
    const request = { source: side(source), destination: side(destination), length: MIB };
    await copy(request);
    await copy(request);
    expect(content(destination).equals(content(source))).toBe(true);
  });
});

describe('copyRange between filesystems', () => {
  const [tmpfs] = everyFilesystem().slice(-1);
  it.skipIf(tmpfs?.skip)('goes through a buffer where the kernel cannot', async () => {
    const source = join(tmpfs?.path ?? '', 'source');
    const destination = join(here.path, 'destination');
    writeFileSync(source, noise(5 * MIB + 7));
    writeFileSync(destination, Buffer.alloc(5 * MIB + 7, 9));
    const result = await copy({ source: side(source), destination: side(destination), length: 5 * MIB + 7 });
    expect(result).toMatchObject({ method: 'read-write', copiedBytes: 5 * MIB + 7 });
    expect(content(destination).equals(content(source))).toBe(true);
  });
});

describe('copyRange on a loop device', () => {
  it.skipIf(noLoopDevices)('copies to, from and within one', async () => {
    const file = join(here.path, 'disk');
    const image = join(here.path, 'image');
    writeSparse(file, 8 * MIB, [{ offset: 0, data: noise(8 * MIB, 4) }]);
    writeSparse(image, 4 * MIB, [{ offset: MIB, data: noise(MIB, 5) }]);
    const loop = attachLoop(file);
    const device = { path: loop.path, identity: inodeOf(file) };
    const expected = content(file);
    content(image).copy(expected, 3 * MIB + 512);
    try {
      const written = await copy({
        source: side(image),
        destination: { ...device, offset: 3 * MIB + 512 },
        length: 4 * MIB,
      });
      expect(written).toMatchObject({ copiedBytes: MIB, zeroedBytes: 3 * MIB });
      const back = join(here.path, 'back');
      writeSparse(back, 8 * MIB, []);
      const read = await copy({
        source: device,
        destination: side(back),
        length: 8 * MIB,
        destinationIsZero: true,
      });
      // A device knows no holes; its zeros are found by looking.
      expect(read).toMatchObject({ copiedBytes: 5 * MIB + 2 * 32768, method: 'read-write' });
      expect(content(back).equals(expected)).toBe(true);
      await copy({ source: device, destination: { ...device, offset: 4 * MIB }, length: 4 * MIB });
    } finally {
      loop.detach();
    }
    expect(
      content(file)
        .subarray(4 * MIB)
        .equals(expected.subarray(0, 4 * MIB)),
    ).toBe(true);
  });
});

describe('copyRange never changes what the destination is', () => {
  it('keeps its size, inode and what lies behind the range', async () => {
    const source = join(here.path, 'small');
    const destination = join(here.path, 'big');
    writeFileSync(source, noise(1000));
    writeFileSync(destination, noise(5000, 2));
    const before = inodeOf(destination);
    const rest = content(destination).subarray(1000);
    await copy({ source: side(source), destination: side(destination), length: 1000 });
    expect(inodeOf(destination)).toEqual(before);
    expect(statSync(destination).size).toBe(5000);
    expect(content(destination).subarray(1000).equals(rest)).toBe(true);
  });

  it('does nothing for no bytes', async () => {
    const source = join(here.path, 'empty');
    copyFileSync('/dev/null', source);
    const destination = join(here.path, 'untouched');
    writeFileSync(destination, 'abc');
    const result = await copy({ source: side(source), destination: side(destination), length: 0 });
    expect(result).toMatchObject({ bytes: 0, method: 'none' });
    expect(content(destination).toString()).toBe('abc');
    rmSync(source);
    truncateSync(destination, 0);
  });
});
