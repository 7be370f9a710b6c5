import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataMover, DataMoverError } from '../src/index.ts';
import { content, noise, rejection, side, writeSparse } from './files.ts';
import { here, mountFilesystem } from './filesystems.ts';

const MIB = 1024 * 1024;
/** Long enough to be cancelled in the middle. */
const LONG = 192 * MIB;
const directory = here.path;
const memory = mountFilesystem('tmpfs', 256);

let mover: DataMover;
beforeEach(() => {
  mover = new DataMover({ maxThreads: 2 });
  mover.start();
});
afterEach(async () => {
  await mover.close({ cancel: true });
});

function file(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

describe('DataMover', () => {
  it('copies in a thread and reports progress', async () => {
    const source = file('source', noise(8 * MIB + 3));
    const destination = file('destination', Buffer.alloc(8 * MIB + 3));
    const reports: number[] = [];
    const result = await mover.copy(
      { source: side(source), destination: side(destination), length: 8 * MIB + 3 },
      {
        onProgress: ({ doneBytes, totalBytes }) => {
          expect(totalBytes).toBe(8 * MIB + 3);
          reports.push(doneBytes);
        },
        progressIntervalMs: 1,
      },
    );
    expect(result).toMatchObject({ bytes: 8 * MIB + 3, copiedBytes: 8 * MIB + 3 });
    expect(content(destination).equals(content(source))).toBe(true);
    expect(reports.at(-1)).toBe(8 * MIB + 3);
    expect(reports).toEqual([...reports].sort((a, b) => a - b));
  });

  it('moves bytes in threads that yield to the one that answers requests', async () => {
    const niceOf = (thread: number): number =>
      // proc_pid_stat(5): nice is field 19; the name before may hold blanks.
      Number(
        readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ')[16],
      );
    const before = niceOf(process.pid);
    await mover.digest({ path: file('any', noise(4096)) });
    expect(niceOf(process.pid)).toBe(before);
    const threads = readdirSync('/proc/self/task').map(Number).map(niceOf);
    expect(Math.max(...threads)).toBeGreaterThan(before);
  });

  it('keeps errors typed across the thread', async () => {
    const source = file('source', noise(4096));
    const error = await rejection(
      mover.copy({ source: side(source), destination: side(file('small', noise(100))), length: 4096 }),
    );
    expect(error).toBeInstanceOf(DataMoverError);
    expect(error).toMatchObject({ code: 'DESTINATION_TOO_SMALL', side: 'destination', doneBytes: 0 });
  });

  it('runs many at once and in turn', async () => {
    const copies = Array.from({ length: 12 }, async (_, index) => {
      const source = file(`many-${index}`, noise(MIB + index, index));
      const destination = file(`many-${index}-copy`, Buffer.alloc(MIB + index));
      await mover.copy({ source: side(source), destination: side(destination), length: MIB + index });
      expect(content(destination).equals(content(source))).toBe(true);
    });
    await Promise.all(copies);
  });

  it('digests a range, holes included', async () => {
    const path = join(directory, 'digested');
    writeSparse(path, 9 * MIB + 1, [{ offset: 4 * MIB, data: noise(MIB) }]);
    const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
    expect(await mover.digest({ path })).toEqual({ sha256: sha256(content(path)), bytes: 9 * MIB + 1 });
    expect(await mover.digest({ path, offset: 4 * MIB - 5, length: 10 })).toEqual({
      sha256: sha256(content(path).subarray(4 * MIB - 5, 4 * MIB + 5)),
      bytes: 10,
    });
    expect(await rejection(mover.digest({ path, length: 10 * MIB }))).toMatchObject({
      code: 'SOURCE_TOO_SMALL',
    });
    expect(await rejection(mover.digest({ path, identity: { type: 'serial', serial: 'x' } }))).toMatchObject({
      code: 'IDENTITY_UNPROVEN',
    });
  });

  it('refuses work when it does not run', async () => {
    await mover.close();
    const path = file('idle', noise(10));
    expect(await rejection(mover.digest({ path }))).toMatchObject({ code: 'CLOSED' });
    mover.start();
    expect(await mover.digest({ path })).toMatchObject({ bytes: 10 });
  });

  it('finishes what runs before it closes', async () => {
    const path = file('closing', noise(4 * MIB));
    const running = mover.digest({ path });
    await mover.close();
    expect(await running).toMatchObject({ bytes: 4 * MIB });
  });
});

describe('cancelling', () => {
  /** A copy that takes seconds: dense, and through a buffer or the kernel. */
  function longCopy(): {
    source: ReturnType<typeof side>;
    destination: ReturnType<typeof side>;
    length: number;
  } {
    const source = join(memory.path, 'long-source');
    const destination = join(directory, 'long-destination');
    const data = noise(64 * MIB);
    writeSparse(
      source,
      LONG,
      Array.from({ length: LONG / data.length }, (_, index) => ({ offset: index * data.length, data })),
    );
    writeSparse(destination, LONG, []);
    return { source: side(source), destination: side(destination), length: LONG };
  }

  it.skipIf(memory.skip)(
    'ends a running copy within 200 ms and leaves the file as long as it was',
    { timeout: 60_000, retry: 2 },
    async () => {
      const request = longCopy();
      const abort = new AbortController();
      let cancelledAt = 0;
      const error = await rejection(
        mover.copy(request, {
          signal: abort.signal,
          progressIntervalMs: 5,
          onProgress: ({ doneBytes }) => {
            if (doneBytes < 100 * MIB || cancelledAt > 0) return;
            cancelledAt = performance.now();
            abort.abort();
          },
        }),
      );
      const took = performance.now() - cancelledAt;
      expect(error).toMatchObject({ code: 'CANCELLED' });
      expect(error).toHaveProperty(
        'doneBytes',
        expect.toSatisfy((done: number) => done >= 100 * MIB && done < LONG),
      );
      expect(took).toBeLessThan(200);
      expect(statSync(request.destination.path).size).toBe(LONG);
      // The thread that ran it takes the next task.
      expect(await mover.digest({ path: request.source.path, length: 10 })).toMatchObject({ bytes: 10 });
    },
  );

  it.skipIf(memory.skip)(
    'withdraws one that waits for its turn at once',
    { timeout: 60_000, retry: 2 },
    async () => {
      const single = new DataMover({ maxThreads: 1 });
      single.start();
      const request = longCopy();
      const first = new AbortController();
      const running = rejection(single.copy(request, { signal: first.signal }));
      const second = new AbortController();
      const waiting = rejection(single.digest({ path: request.source.path }, { signal: second.signal }));
      const started = performance.now();
      second.abort(new Error('not needed'));
      expect(await waiting).toMatchObject({
        code: 'CANCELLED',
        doneBytes: 0,
        cause: new Error('not needed'),
      });
      expect(performance.now() - started).toBeLessThan(200);
      first.abort();
      expect(await running).toMatchObject({ code: 'CANCELLED' });
      await single.close();
    },
  );

  it('does not start one that was cancelled before', async () => {
    const error = await rejection(
      mover.digest({ path: file('never', noise(10)) }, { signal: AbortSignal.abort() }),
    );
    expect(error).toMatchObject({ code: 'CANCELLED', doneBytes: 0 });
  });

  it.skipIf(memory.skip)(
    'ends everything when the pool is closed with cancel',
    async () => {
      const request = longCopy();
      const running = [
        rejection(mover.copy(request)),
        rejection(mover.digest({ path: request.source.path })),
      ];
      await mover.close({ cancel: true });
      for (const error of await Promise.all(running)) expect(error).toMatchObject({ code: 'CANCELLED' });
    },
    60_000,
  );
});
