import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DataMover } from '../src/index.ts';
import { noise, side, writeSparse } from './files.ts';
import { here } from './filesystems.ts';

const MIB = 1024 * 1024;

describe('the memory of the process', () => {
  it('stays flat whatever the size', { timeout: 60_000 }, async () => {
    const mover = new DataMover({ maxThreads: 2, minThreads: 2 });
    mover.start();
    onTestFinished(() => mover.close({ cancel: true }));
    const size = 4096 * MIB;
    const [source, destination] = [join(here.path, 'big'), join(here.path, 'big-copy')];
    const data = noise(4 * MIB);
    writeSparse(
      source,
      size,
      Array.from({ length: 64 }, (_, index) => ({ offset: index * 64 * MIB + 12_345, data })),
    );
    writeSparse(destination, size, []);
    const request = { source: side(source), destination: side(destination), destinationIsZero: true };
    await mover.copy({ ...request, length: 300 * MIB });
    const before = process.memoryUsage.rss();
    let most = before;
    const result = await mover.copy(
      { ...request, length: size },
      {
        progressIntervalMs: 10,
        onProgress: () => {
          most = Math.max(most, process.memoryUsage.rss());
        },
      },
    );
    expect(result.copiedBytes).toBeLessThan(300 * MIB);
    expect(most - before).toBeLessThan(64 * MIB);
  });
});
