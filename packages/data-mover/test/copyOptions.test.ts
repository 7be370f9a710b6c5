import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TaskControl } from '../src/control.ts';
import { copyRange } from '../src/copy/copyRange.ts';
import { type CopyRequest, DataMover, type IoOptions } from '../src/index.ts';
import { threadIoPriority } from '../src/libc/ioprio.ts';
import { allocated, content, inodeOf, noise, rejection, side, writeSparse } from './files.ts';
import { attachLoop, everyFilesystem, here, noLoopDevices } from './filesystems.ts';

const MIB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function pair(
  directory: string,
  source: Uint8Array,
  destination: Uint8Array = Buffer.alloc(source.length),
): CopyRequest {
  const [from, to] = [join(directory, 'option-source'), join(directory, 'option-destination')];
  writeFileSync(from, source);
  writeFileSync(to, destination);
  return { source: side(from), destination: side(to), length: source.length };
}

describe.each(everyFilesystem())('a copy on $name', ({ path: directory, skip }) => {
  it.skipIf(skip)('is digested as it was written, and verified', async () => {
    const request = pair(directory, noise(3 * MIB + 11), noise(3 * MIB + 11, 2));
    const result = await copyRange({ ...request, digest: true, verify: true }, new TaskControl());
    expect(result).toMatchObject({ sha256: sha256(noise(3 * MIB + 11)), verified: true });
  });

  it.skipIf(skip)('is VERIFY_FAILED when the disk has one other byte', async () => {
    for (const place of [0, 2 * MIB + 77, 3 * MIB + 10]) {
      const request = pair(directory, noise(3 * MIB + 11));
      const control = new TaskControl();
      const reachDurable = control.reachDurable.bind(control);
      // The end of the flush is the moment before the verification.
      control.reachDurable = (position) => {
        reachDurable(position);
        if (position === request.length) overwrite(request.destination.path, place);
      };
      const error = await rejection(copyRange({ ...request, verify: true }, control));
      expect(error).toMatchObject({ code: 'VERIFY_FAILED', side: 'destination' });
      expect(error).toHaveProperty(
        'offset',
        expect.toSatisfy((offset: number) => offset <= place && place < offset + MIB),
      );
    }
  });

  it.skipIf(skip)('is VERIFY_FAILED when a destination said to be zero is not', async () => {
    const source = join(directory, 'holes');
    writeSparse(source, 8 * MIB, [{ offset: 6 * MIB, data: noise(MIB) }]);
    const request = pair(directory, Buffer.alloc(8 * MIB), noise(8 * MIB, 3));
    const lie = { ...request, source: side(source), destinationIsZero: true };
    const result = await rejection(
      copyRange({ ...lie, verify: true }, new TaskControl()).then((done) => {
        // Shared extents bring the holes along.
        if (done.method !== 'reflink') return done;
        throw Object.assign(new Error(), { code: 'VERIFY_FAILED' });
      }),
    );
    expect(result).toMatchObject({ code: 'VERIFY_FAILED' });
  });

  it.skipIf(skip)('writes zeros that are data onto a destination that has others', async () => {
    const bytes = Buffer.concat([noise(MIB), Buffer.alloc(2 * MIB), noise(1000, 2), Buffer.alloc(MIB)]);
    for (const digest of [false, true]) {
      const request = pair(directory, bytes, noise(bytes.length, 3));
      // Off every block boundary, so that nothing can be shared.
      const result = await copyRange(
        { ...request, source: side(request.source.path, 1), length: bytes.length - 1, digest },
        new TaskControl(),
      );
      expect(result).toMatchObject({ skippedBytes: 0, sha256: digest ? sha256(bytes.subarray(1)) : null });
      expect(content(request.destination.path).subarray(0, -1).equals(bytes.subarray(1))).toBe(true);
    }
  });

  it.skipIf(skip)('leaves zeros out where there are some', async () => {
    const bytes = Buffer.concat([noise(MIB), Buffer.alloc(6 * MIB), noise(MIB, 2)]);
    const request = pair(directory, bytes);
    writeSparse(request.destination.path, bytes.length, []);
    // Off every block boundary, so that nothing can be shared.
    const result = await copyRange(
      { ...request, source: side(request.source.path, 1), length: bytes.length - 1, destinationIsZero: true },
      new TaskControl(),
    );
    expect(result.skippedBytes).toBeGreaterThan(5.9 * MIB);
    expect(allocated(request.destination.path)).toBeLessThan(2.5 * MIB);
    expect(content(request.destination.path).subarray(0, -1).equals(bytes.subarray(1))).toBe(true);
  });
});

function overwrite(path: string, place: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.from([(content(path)[place] ?? 0) ^ 1]), 0, 1, place);
  fsyncSync(fd);
  closeSync(fd);
}

describe('a resumed copy', () => {
  it('does not touch what was durable, and digests all of it', async () => {
    const bytes = noise(5 * MIB);
    // Were the first half copied again, it would come from a source that is another by now.
    const request = pair(here.path, Buffer.concat([noise(2 * MIB + 5, 9), bytes.subarray(2 * MIB + 5)]));
    writeFileSync(
      request.destination.path,
      Buffer.concat([bytes.subarray(0, 2 * MIB + 5), noise(3 * MIB - 5, 4)]),
    );
    const control = new TaskControl();
    const result = await copyRange({ ...request, resumeFrom: 2 * MIB + 5, digest: true }, control);
    expect(content(request.destination.path).equals(bytes)).toBe(true);
    expect(result).toMatchObject({ copiedBytes: 3 * MIB - 5, sha256: sha256(bytes) });
    expect([control.doneBytes, control.durableBytes]).toEqual([5 * MIB, 5 * MIB]);
  });

  it('may have nothing left', async () => {
    const request = pair(here.path, noise(4096), noise(4096));
    expect(await copyRange({ ...request, resumeFrom: 4096, digest: true }, new TaskControl())).toMatchObject({
      copiedBytes: 0,
      sha256: sha256(noise(4096)),
      method: 'none',
    });
  });
});

describe('options of a copy', () => {
  it.each<[string, Partial<CopyRequest>]>([
    ['a resume point behind the end', { resumeFrom: 4097 }],
    ['a negative resume point', { resumeFrom: -1 }],
    ['a block size of 0', { io: { blockSize: 0 } }],
    ['a block size that is no multiple of 512', { io: { blockSize: 1000 } }],
    ['a negative rate', { io: { bytesPerSecond: -1 } }],
    ['half a byte per second', { io: { bytesPerSecond: 0.5 } }],
    ['a priority level of 8', { io: { priority: { class: 'best-effort', level: 8 } } }],
  ])('%s is INVALID_REQUEST', async (_, change) => {
    const request = pair(here.path, noise(4096), noise(4096, 2));
    expect(await rejection(copyRange({ ...request, ...change }, new TaskControl()))).toMatchObject({
      code: 'INVALID_REQUEST',
    });
    expect(content(request.destination.path).equals(noise(4096, 2))).toBe(true);
  });

  it('have the thread at its priority during the copy only, also when it fails', async () => {
    const before = threadIoPriority();
    for (const fail of [false, true]) {
      const request = pair(here.path, noise(4096));
      const control = new TaskControl();
      const advance = control.advance.bind(control);
      const seen: number[] = [];
      control.advance = (bytes) => {
        advance(bytes);
        seen.push(threadIoPriority());
        if (fail) control.cancel();
      };
      const io: IoOptions = { priority: { class: 'idle' } };
      const running = copyRange({ ...request, io }, control);
      if (fail) expect(await rejection(running)).toMatchObject({ code: 'CANCELLED' });
      else await running;
      expect(new Set(seen)).toEqual(new Set([3 << 13]));
      expect(threadIoPriority()).toBe(before);
    }
  });

  it.skipIf(noLoopDevices)(
    'copy between block devices past the page cache, in any size and place',
    async () => {
      const [a, b] = [join(here.path, 'disk-a'), join(here.path, 'disk-b')];
      const bytes = Buffer.concat([noise(3 * MIB), Buffer.alloc(2 * MIB), noise(3 * MIB, 3)]);
      writeFileSync(a, bytes);
      writeFileSync(b, noise(8 * MIB, 5));
      const [from, to] = [attachLoop(a), attachLoop(b)];
      onTestFinished(() => {
        from.detach();
        to.detach();
      });
      const expected = noise(8 * MIB, 5);
      for (const [start, end, offset] of [
        [0, 8 * MIB, 0],
        [4096, 7 * MIB + 512, 8192],
        [513, 5 * MIB, 7],
        [512, 4 * MIB, 512],
      ] as const) {
        const request: CopyRequest = {
          source: { path: from.path, identity: inodeOf(a), offset: start },
          destination: { path: to.path, identity: inodeOf(b), offset },
          length: end - start,
          verify: true,
          digest: true,
        };
        bytes.copy(expected, offset, start, end);
        const result = await copyRange(request, new TaskControl());
        expect(result).toMatchObject({ sha256: sha256(bytes.subarray(start, end)), verified: true });
      }
      const back = openSync(to.path, 'r');
      onTestFinished(() => closeSync(back));
      expect(content(to.path).equals(expected)).toBe(true);
    },
  );
});

describe('a limit in bytes per second', () => {
  const RATE = 8 * MIB;

  it('is kept by one copy, and shared by two on one device', async () => {
    const mover = new DataMover({ maxThreads: 2, minThreads: 2 });
    mover.start();
    onTestFinished(() => mover.close({ cancel: true }));
    const request = (name: string): CopyRequest => {
      const [from, to] = [join(here.path, `${name}-from`), join(here.path, `${name}-to`)];
      writeFileSync(from, noise(6 * MIB));
      writeFileSync(to, Buffer.alloc(6 * MIB));
      return { source: side(from), destination: side(to), length: 6 * MIB, io: { bytesPerSecond: RATE } };
    };
    const seconds = async (requests: CopyRequest[]): Promise<number> => {
      const started = performance.now();
      await Promise.all(requests.map((each) => mover.copy(each)));
      return (performance.now() - started) / 1000;
    };
    const alone = await seconds([request('alone')]);
    const both = await seconds([request('one'), request('two')]);
    expect(alone).toBeGreaterThan(0.6);
    expect(both).toBeGreaterThan(1.35);
  });

  it('does not make a copy deaf', { retry: 2 }, async () => {
    const mover = new DataMover({ maxThreads: 1 });
    mover.start();
    onTestFinished(() => mover.close({ cancel: true }));
    const request = pair(here.path, noise(MIB));
    const abort = new AbortController();
    let begun = (): void => undefined;
    const started = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const running = rejection(
      mover.copy(
        { ...request, io: { bytesPerSecond: 1000 } },
        {
          signal: abort.signal,
          progressIntervalMs: 5,
          onProgress: ({ doneBytes }) => doneBytes > 0 && begun(),
        },
      ),
    );
    await started;
    const cancelled = performance.now();
    abort.abort();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    expect(performance.now() - cancelled).toBeLessThan(200);
  });
});
