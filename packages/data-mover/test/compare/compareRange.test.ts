import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRange } from '../../src/compare/compareRange.ts';
import { TaskControl } from '../../src/control.ts';
import { inodeOf, model, noise, rejection, side, writeSparse } from '../files.ts';
import { attachLoop, everyFilesystem, here, noLoopDevices } from '../filesystems.ts';

const BLOCK = 4096;
const BLOCKS = 64;
const SIZE = BLOCKS * BLOCK + 77;
const base = noise(SIZE, 3);

/** Which blocks a file has; in the others it has holes. Where both have one, they are equal, save for what is changed. */
const sides = fc.record({
  first: fc.uniqueArray(fc.nat(BLOCKS), { maxLength: BLOCKS }),
  second: fc.uniqueArray(fc.nat(BLOCKS), { maxLength: BLOCKS }),
  same: fc.boolean(),
  /** Blocks that are written, with zeros: equal to a hole. */
  zeros: fc.uniqueArray(fc.nat(BLOCKS), { maxLength: 8 }),
  changed: fc.option(fc.nat(SIZE - 1)),
  start: fc.nat(SIZE),
  shift: fc.nat(3).map((blocks) => blocks * BLOCK + (blocks === 3 ? 1 : 0)),
  length: fc.nat(SIZE),
  blockSize: fc.constantFrom(undefined, 512, 3 * 512, 64 * 1024),
});

function pieces(blocks: readonly number[], zeros: readonly number[]) {
  return blocks.map((block) => {
    const data = base.subarray(block * BLOCK, Math.min((block + 1) * BLOCK, SIZE));
    return { offset: block * BLOCK, data: zeros.includes(block) ? Buffer.alloc(data.length) : data };
  });
}

describe.each(everyFilesystem())('compare on $name', ({ path: directory, skip }) => {
  it.skipIf(skip)('finds the first byte that differs', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        sides,
        async ({ first, second, same, zeros, changed, start, shift, length, blockSize }) => {
          const one = pieces(first, zeros);
          const other = pieces(same ? first : second, zeros);
          if (changed !== null) {
            const at = other.find(({ offset, data }) => changed >= offset && changed < offset + data.length);
            if (at !== undefined)
              at.data = Buffer.from(
                at.data.map((byte, index) => (at.offset + index === changed ? byte ^ 1 : byte)),
              );
          }
          const [a, b] = [join(directory, 'one'), join(directory, 'other')];
          writeSparse(a, SIZE, one);
          writeSparse(
            b,
            SIZE + shift,
            other.map((piece) => ({ ...piece, offset: piece.offset + shift })),
          );
          const bytes = Math.min(length, SIZE - start);
          const [x, y] = [model(SIZE, one), model(SIZE, other)].map((all) =>
            all.subarray(start, start + bytes),
          );
          const wanted = x?.findIndex((byte, index) => byte !== y?.[index]) ?? -1;
          const control = new TaskControl();
          const request = { source: side(a, start), destination: side(b, start + shift), length: bytes };
          const found = await compareRange(
            { ...request, ...(blockSize !== undefined && { io: { blockSize } }) },
            control,
          );
          expect(found).toEqual({ equal: wanted === -1, firstDifference: wanted === -1 ? null : wanted });
          if (wanted === -1) expect(control.doneBytes).toBe(bytes);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('compare', () => {
  it('reads no holes: a tebibyte of them takes no time', async () => {
    const [a, b] = [join(here.path, 'holes-a'), join(here.path, 'holes-b')];
    const size = 2 ** 40;
    writeSparse(a, size, [{ offset: size - 5, data: Buffer.from('a') }]);
    writeSparse(b, size, [{ offset: size - 5, data: Buffer.from('b') }]);
    const request = { source: side(a), destination: side(b), length: size };
    expect(await compareRange(request, new TaskControl())).toEqual({
      equal: false,
      firstDifference: size - 5,
    });
    expect(await compareRange({ ...request, length: size - 5 }, new TaskControl())).toEqual({
      equal: true,
      firstDifference: null,
    });
  });

  it('ends at the first difference', async () => {
    const [a, b] = [join(here.path, 'early-a'), join(here.path, 'early-b')];
    const bytes = noise(8 * 2 ** 20);
    writeFileSync(a, bytes);
    bytes.writeUInt8((bytes[3_000_000] ?? 0) ^ 255, 3_000_000);
    writeFileSync(b, bytes);
    const control = new TaskControl();
    const request = { source: side(a), destination: side(b), length: bytes.length };
    expect(await compareRange(request, control)).toEqual({ equal: false, firstDifference: 3_000_000 });
    expect(control.doneBytes).toBeLessThan(4_000_000);
  });

  it.skipIf(noLoopDevices)('takes a device that may only be read', async () => {
    const file = join(here.path, 'device');
    writeFileSync(file, noise(2 ** 20));
    const copy = join(here.path, 'device-copy');
    writeFileSync(copy, noise(2 ** 20));
    const loop = attachLoop(file);
    try {
      const request = {
        source: side(copy),
        destination: { path: loop.path, identity: inodeOf(file) },
        length: 2 ** 20,
      };
      expect(await compareRange(request, new TaskControl())).toEqual({ equal: true, firstDifference: null });
    } finally {
      loop.detach();
    }
  });

  it('refuses what it cannot compare', async () => {
    const [small, large] = [join(here.path, 'small'), join(here.path, 'large')];
    writeFileSync(small, noise(4095));
    writeFileSync(large, noise(4096));
    mkdirSync(join(here.path, 'folder'), { recursive: true });
    const compare = (a: string, b: string) =>
      rejection(compareRange({ source: side(a), destination: side(b), length: 4096 }, new TaskControl()));
    expect(await compare(small, large)).toMatchObject({ code: 'SOURCE_TOO_SMALL', side: 'source' });
    expect(await compare(large, small)).toMatchObject({ code: 'DESTINATION_TOO_SMALL', side: 'destination' });
    expect(await compare(large, join(here.path, 'folder'))).toMatchObject({ code: 'NOT_A_FILE_OR_DEVICE' });
    const wrong = { ...side(large), identity: inodeOf(small) };
    expect(
      await rejection(
        compareRange({ source: side(large), destination: wrong, length: 1 }, new TaskControl()),
      ),
    ).toMatchObject({ code: 'IDENTITY_MISMATCH', side: 'destination' });
    expect(
      await rejection(
        compareRange({ source: side(large), destination: side(large), length: -1 }, new TaskControl()),
      ),
    ).toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
