import { closeSync, constants, copyFileSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TaskControl } from '../../src/control.ts';
import type { WipeRequest } from '../../src/index.ts';
import { wipeRange } from '../../src/wipe/wipeRange.ts';
import { allocated, content, inodeOf, model, noise, rejection, side, writeSparse } from '../files.ts';
import { attachLoop, everyFilesystem, here, mountFilesystem, noLoopDevices } from '../filesystems.ts';
import { attachDirectLoop } from './loopDevice.ts';

const K = 1024;
const MIB = 1024 * K;

function wipe(request: WipeRequest, control = new TaskControl()) {
  return wipeRange(request, control);
}

/** A range in a target, whose bytes around it must stay. */
const ranges = fc
  .record({
    offset: fc.oneof(
      fc.nat(300 * K),
      fc.nat(75).map((block) => block * 4096),
    ),
    length: fc.oneof(
      fc.nat(700 * K),
      fc.nat(175).map((block) => block * 4096),
      fc.constant(0),
    ),
    method: fc.constantFrom('zero' as const, 'zero' as const, 'shred' as const),
    require: fc.constantFrom('reads-as-zero' as const, 'overwritten' as const),
    blockSize: fc.constantFrom(undefined, 512, 4096, 64 * K),
    seed: fc.integer({ min: 1, max: 1000 }),
    holes: fc.array(fc.record({ start: fc.nat(250), blocks: fc.integer({ min: 1, max: 40 }) }), {
      maxLength: 4,
    }),
  })
  .map((given) => ({ ...given, size: MIB + 512 * (given.seed % 5) }));
type Range = typeof ranges extends fc.Arbitrary<infer T> ? T : never;

/** A range that a device can make zero by itself: among random ones there need be none. */
const leftToTheDevice: Range = {
  offset: 4096,
  length: 512 * K,
  method: 'zero',
  require: 'reads-as-zero',
  blockSize: undefined,
  seed: 1,
  holes: [],
  size: MIB + 512,
};

/** Pieces of noise with holes between them. */
function pieces({ size, seed, holes }: Range) {
  const bytes = noise(size, seed);
  const blocks = Array.from({ length: Math.ceil(size / 4096) }, (_, index) => index);
  const inHole = (block: number): boolean =>
    holes.some(({ start, blocks: count }) => block >= start && block < start + count);
  return blocks
    .filter((block) => !inHole(block))
    .map((block) => ({
      offset: block * 4096,
      data: bytes.subarray(block * 4096, Math.min((block + 1) * 4096, size)),
    }));
}

function expected(range: Range): Buffer {
  const bytes = model(range.size, pieces(range));
  bytes.fill(0, range.offset, range.offset + range.length);
  return bytes;
}

function requestOf(
  { offset, length, method, require, blockSize }: Range,
  target: WipeRequest['target'],
): WipeRequest {
  return {
    target: { ...target, offset },
    length,
    method,
    require,
    ...(blockSize !== undefined && { io: { blockSize } }),
  };
}

function bytesAt(path: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const fd = openSync(path, 'r');
  try {
    expect(readSync(fd, bytes, 0, length, offset)).toBe(length);
  } finally {
    closeSync(fd);
  }
  return bytes;
}

describe.each(everyFilesystem())('wipe of files on $name', ({ name, path: directory, skip }) => {
  it.skipIf(skip)('zeroes the range, and not a byte beyond it', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(ranges, async (range) => {
        const file = join(directory, 'ranged');
        writeSparse(file, range.size, pieces(range));
        const request = requestOf(range, side(file));
        const overwrites = range.method === 'shred' || range.require === 'overwritten';
        if (name === 'btrfs' && overwrites) {
          expect(await rejection(wipe(request))).toMatchObject({
            code: 'GUARANTEE_UNAVAILABLE',
            doneBytes: 0,
          });
          expect(content(file).equals(model(range.size, pieces(range)))).toBe(true);
          return;
        }
        const control = new TaskControl();
        const result = await wipe(request, control);
        expect(result.bytes).toBe(range.length);
        expect([control.doneBytes, control.durableBytes]).toEqual([range.length, range.length]);
        if (overwrites) expect(result.guarantee).toBe('overwritten');
        if (range.length > 0) expect(result.sampledBytes).toBeGreaterThan(0);
        expect(statSync(file).size).toBe(range.size);
        expect(content(file).equals(expected(range))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it.skipIf(skip)('takes no space for what is a hole', async () => {
    const file = join(directory, 'mostly-holes');
    const size = 4 * 2 ** 30;
    writeSparse(file, size, [{ offset: 2 ** 31 + 5 * 4096, data: noise(64 * K) }]);
    const result = await wipe({ target: side(file), length: size, method: 'zero' });
    expect(result.bytes).toBe(size);
    expect(allocated(file)).toBeLessThan(MIB);
    expect(bytesAt(file, 2 ** 31, 128 * K).equals(Buffer.alloc(128 * K))).toBe(true);
  });
});

describe.skipIf(noLoopDevices)('wipe of loop devices', () => {
  const tmpfs = mountFilesystem('tmpfs', 64);
  const kinds = [
    { name: 'through the page cache', directory: here.path, attach: attachLoop, skip: undefined },
    { name: 'with direct-io', directory: here.path, attach: attachDirectLoop, skip: undefined },
    { name: 'over tmpfs', directory: tmpfs.path, attach: attachLoop, skip: tmpfs.skip },
  ];

  it.each(kinds)('$name: zeroes the range, and not a byte beyond it', { timeout: 60_000 }, async (kind) => {
    if (kind.skip !== undefined) return;
    const { directory, attach } = kind;
    const methods = new Set<string>();
    await fc.assert(
      fc.asyncProperty(ranges, async (range) => {
        const file = join(directory, 'looped');
        writeSparse(file, range.size, pieces(range));
        const loop = attach(file);
        try {
          const result = await wipe(requestOf(range, { path: loop.path, identity: inodeOf(file) }));
          methods.add(result.method);
        } finally {
          loop.detach();
        }
        expect(content(file).equals(expected(range))).toBe(true);
      }),
      { numRuns: 15, examples: [[leftToTheDevice]] },
    );
    expect(methods).toContain(directory === tmpfs.path ? 'discard' : 'write-zeroes');
  });
});

describe('guarantees', () => {
  const xfs = mountFilesystem('xfs');
  const btrfs = mountFilesystem('btrfs');

  it('are what the method can give', async () => {
    const file = join(here.path, 'guaranteed');
    writeFileSync(file, noise(MIB));
    const target = side(file);
    expect(await wipe({ target, length: MIB, method: 'zero', require: 'overwritten' })).toMatchObject({
      guarantee: 'overwritten',
      method: 'write',
    });
    expect(await wipe({ target, length: MIB, method: 'shred' })).toMatchObject({
      guarantee: 'overwritten',
      method: 'shred',
    });
    writeFileSync(file, noise(MIB));
    expect(await wipe({ target: side(file), length: MIB, method: 'zero' })).toMatchObject({
      guarantee: 'reads-as-zero',
      method: 'zero-range',
    });
    expect(content(file).equals(Buffer.alloc(MIB))).toBe(true);
  });

  it.skipIf(xfs.skip)('overwrite no blocks that other files share, and say so', async () => {
    const [file, clone] = [join(xfs.path, 'original'), join(xfs.path, 'clone')];
    const bytes = noise(MIB);
    writeFileSync(file, bytes);
    expect(
      await wipe({ target: side(file), length: 64 * K, method: 'zero', require: 'overwritten' }),
    ).toMatchObject({ guarantee: 'overwritten' });
    writeFileSync(file, bytes);
    copyFileSync(file, clone, constants.COPYFILE_FICLONE_FORCE);
    const request = { target: side(file), length: MIB, method: 'zero' } as const;
    expect(await rejection(wipe({ ...request, require: 'overwritten' }))).toMatchObject({
      code: 'GUARANTEE_UNAVAILABLE',
      doneBytes: 0,
    });
    expect(content(file).equals(bytes)).toBe(true);
    expect(await wipe(request)).toMatchObject({ guarantee: 'reads-as-zero' });
    expect(content(file).equals(Buffer.alloc(MIB))).toBe(true);
    expect(content(clone).equals(bytes)).toBe(true);
  });

  it.skipIf(btrfs.skip ?? noLoopDevices)('look behind a loop device', async () => {
    const file = join(btrfs.path, 'behind');
    writeFileSync(file, noise(MIB));
    const loop = attachLoop(file);
    try {
      const target = { path: loop.path, identity: inodeOf(file) };
      expect(await rejection(wipe({ target, length: MIB, method: 'shred' }))).toMatchObject({
        code: 'GUARANTEE_UNAVAILABLE',
      });
      expect(await wipe({ target, length: MIB, method: 'zero' })).toMatchObject({
        guarantee: 'reads-as-zero',
      });
    } finally {
      loop.detach();
    }
    expect(content(file).equals(Buffer.alloc(MIB))).toBe(true);
  });

  it('reach blocks that an earlier wipe only marked as unwritten', async () => {
    const file = join(here.path, 'marked');
    writeFileSync(file, noise(MIB));
    await wipe({ target: side(file), length: MIB, method: 'zero' });
    const target = side(file);
    expect(await wipe({ target, length: MIB, method: 'zero', require: 'overwritten' })).toMatchObject({
      method: 'write',
    });
  });
});
