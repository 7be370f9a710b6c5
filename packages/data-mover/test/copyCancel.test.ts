import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CopyRequest, DataMover } from '../src/index.ts';
import { content, noise, rejection, side, writeSparse } from './files.ts';
import { here, mountFilesystem } from './filesystems.ts';

const MIB = 1024 * 1024;
const LENGTH = 96 * MIB;
const memory = mountFilesystem('tmpfs', 256);
const mover = new DataMover({ maxThreads: 2, minThreads: 2, helpFromBytes: 32 * MIB });
beforeAll(() => mover.start());
afterAll(() => mover.close({ cancel: true }));

/** Ways that a copy goes, each of which has other calls to be stuck in. */
const ways: Record<string, Partial<CopyRequest>> = {
  'in the kernel': {},
  'through a buffer': { destinationIsZero: true },
  digested: { digest: true },
  verified: { verify: true },
  limited: { io: { bytesPerSecond: 40 * MIB } },
  'in blocks': { io: { blockSize: 16 * MIB } },
};

describe('cancelling at random moments', () => {
  it.skipIf(memory.skip)('takes at most 200 ms in 99 of 100', { timeout: 90_000, retry: 1 }, async () => {
    const source = join(memory.path, 'source');
    const data = noise(16 * MIB);
    writeSparse(
      source,
      LENGTH,
      [0, 1, 3, 4, 5].map((index) => ({ offset: index * data.length, data })),
    );
    const destination = join(here.path, 'destination');
    writeSparse(destination, LENGTH, []);
    const request: CopyRequest = { source: side(source), destination: side(destination), length: LENGTH };
    // So that it is cancelled before its end however fast this machine is.
    const lengths = new Map<string, number>();
    for (const [name, way] of Object.entries(ways)) {
      const start = performance.now();
      await mover.copy({ ...request, ...way });
      lengths.set(name, performance.now() - start);
    }
    const took: number[] = [];
    let finished = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(ways)),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        async (name, share) => {
          const afterMs = share * Math.min(lengths.get(name) ?? 0, 250);
          const way = ways[name];
          const abort = new AbortController();
          let cancelledAt = 0;
          const timer = setTimeout(() => {
            cancelledAt = performance.now();
            abort.abort();
          }, afterMs);
          try {
            await mover.copy({ ...request, ...way }, { signal: abort.signal });
            finished += 1;
          } catch (error) {
            took.push(performance.now() - cancelledAt);
            expect(error).toMatchObject({ code: 'CANCELLED' });
          } finally {
            clearTimeout(timer);
          }
        },
      ),
      { numRuns: 100, endOnFailure: true },
    );
    took.sort((a, b) => a - b);
    expect(took.length).toBeGreaterThan(50);
    expect(took[Math.floor(took.length * 0.99)]).toBeLessThan(200);
    expect(finished + took.length).toBe(100);
    // Whatever was left behind, the next copy is right.
    await mover.copy({ ...request, verify: true });
    expect(content(destination).equals(content(source))).toBe(true);
  });
});

describe('a copy with a helper', () => {
  it.skipIf(memory.skip)('equals its source, and lets other tasks have the thread', async () => {
    const source = join(memory.path, 'helped');
    writeSparse(source, 80 * MIB + 5, [
      { offset: 3, data: noise(30 * MIB) },
      { offset: 50 * MIB + 7, data: noise(30 * MIB - 2, 2) },
    ]);
    const destination = join(here.path, 'helped-copy');
    writeSparse(destination, 80 * MIB + 5, [{ offset: 0, data: noise(MIB, 3) }]);
    const copying = mover.copy({
      source: side(source),
      destination: side(destination),
      length: 80 * MIB + 5,
      io: { bytesPerSecond: 60 * MIB },
    });
    // Both threads are at the copy: one of them has to leave it.
    expect(await mover.digest({ path: source, length: 10 })).toMatchObject({ bytes: 10 });
    const result = await copying;
    expect(content(destination).equals(content(source))).toBe(true);
    expect(result.copiedBytes + result.zeroedBytes).toBe(80 * MIB + 5);
  });

  it.skipIf(memory.skip)('fails as the thread that failed did', async () => {
    const full = mountFilesystem('tmpfs', 20);
    const source = join(memory.path, 'too-much');
    writeSparse(source, 64 * MIB, [{ offset: 0, data: noise(64 * MIB) }]);
    const destination = join(full.path, 'full');
    writeSparse(destination, 64 * MIB, []);
    const error = await rejection(
      mover.copy({ source: side(source), destination: side(destination), length: 64 * MIB }),
    );
    expect(error).toMatchObject({ code: 'NO_SPACE', side: 'destination', errno: 'ENOSPC' });
  });
});
