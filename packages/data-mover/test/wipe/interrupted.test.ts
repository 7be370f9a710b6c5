import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished, vi } from 'vitest';
import { DataMover } from '../../src/index.ts';
import { content, noise, rejection, side } from '../files.ts';
import { here } from '../filesystems.ts';

const MIB = 1024 * 1024;
const BTRFS = 0x9123683e;
const noOverwriting = statfsSync(here.path).type === BTRFS;
if (noOverwriting) console.warn('SKIPPED interrupted overwriting: btrfs overwrites nothing in place');

function startMover(): DataMover {
  const mover = new DataMover({ maxThreads: 1 });
  mover.start();
  onTestFinished(() => mover.close({ cancel: true }));
  return mover;
}

/** Wipes in another process and kills it, after so many ms or past a checkpoint. @returns bytes that it said are durable */
async function wipeAndKill(
  file: string,
  offset: number,
  length: number,
  when: number | 'past a checkpoint',
): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=scoria-source',
      join(import.meta.dirname, 'wipeUntilKilled.ts'),
      ...[file, offset, length, 'zero', 24 * MIB].map(String),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await once(child.stdout, 'data');
  const moment =
    when === 'past a checkpoint'
      ? vi.waitFor(() => expect(said).toMatch(/^durable [1-9]/m), { timeout: 20_000, interval: 5 })
      : delay(when);
  await Promise.race([moment, once(child, 'exit')]);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return Math.max(0, ...[...said.matchAll(/^durable (\d+)$/gm)].map(([, bytes]) => Number(bytes)));
}

it.skipIf(noOverwriting)(
  'kill -9 at any moment: what was said to be durable is zero, and the rest follows from there',
  { timeout: 60_000 },
  async () => {
    const [offset, length] = [4096 + 7, 48 * MIB - 5];
    const bytes = noise(50 * MIB);
    const expected = Buffer.from(bytes).fill(0, offset, offset + length);
    let resumed = 0;
    for (const when of ['past a checkpoint', Math.random() * 2_000] as const) {
      const file = join(here.path, 'killed');
      writeFileSync(file, bytes);
      const durable = await wipeAndKill(file, offset, length, when);
      const left = content(file);
      expect(left.subarray(offset, offset + durable).equals(Buffer.alloc(durable))).toBe(true);
      expect(left.subarray(0, offset).equals(bytes.subarray(0, offset))).toBe(true);
      expect(left.subarray(offset + length).equals(bytes.subarray(offset + length))).toBe(true);
      resumed += durable;
      const result = await startMover().wipe({
        target: side(file, offset),
        length,
        method: 'zero',
        require: 'overwritten',
        resumeFrom: durable,
      });
      expect(result).toMatchObject({ bytes: length, guarantee: 'overwritten' });
      expect(content(file).equals(expected)).toBe(true);
    }
    expect(resumed, 'at least one went on in the middle').toBeGreaterThan(0);
  },
);

it('says the weaker guarantee of what an earlier run has begun', async () => {
  const file = join(here.path, 'begun');
  writeFileSync(file, noise(2 * MIB));
  const mover = startMover();
  const request = { target: side(file), length: 2 * MIB, method: 'zero' } as const;
  await mover.wipe({ ...request, length: MIB });
  const progress: number[] = [];
  const result = await mover.wipe(
    { ...request, resumeFrom: MIB },
    { onProgress: ({ doneBytes }) => void progress.push(doneBytes) },
  );
  expect(result).toMatchObject({ bytes: 2 * MIB, guarantee: 'reads-as-zero' });
  expect(progress.at(-1)).toBe(2 * MIB);
  expect(content(file).equals(Buffer.alloc(2 * MIB))).toBe(true);
});

it('does not believe a checkpoint: what is not zero before it is written after all', async () => {
  const file = join(here.path, 'wrong-checkpoint');
  writeFileSync(file, noise(MIB));
  const request = { target: side(file), length: MIB, method: 'zero', resumeFrom: MIB } as const;
  expect(await startMover().wipe(request)).toMatchObject({ guarantee: 'reads-as-zero' });
  expect(content(file).equals(Buffer.alloc(MIB))).toBe(true);
});

it.skipIf(noOverwriting)(
  'ends within 200 ms when it is cancelled, and leaves the file as long as it was',
  { timeout: 60_000, retry: 2 },
  async () => {
    const file = join(here.path, 'cancelled');
    writeFileSync(file, noise(64 * MIB));
    const abort = new AbortController();
    let at = 0;
    const error = await rejection(
      startMover().wipe(
        { target: side(file), length: 64 * MIB, method: 'shred', io: { bytesPerSecond: 32 * MIB } },
        {
          signal: abort.signal,
          progressIntervalMs: 5,
          onProgress: () => {
            if (at > 0) return;
            at = performance.now();
            abort.abort();
          },
        },
      ),
    );
    expect(performance.now() - at).toBeLessThan(200);
    expect(error).toMatchObject({ code: 'CANCELLED' });
    expect(statSync(file).size).toBe(64 * MIB);
  },
);

it.skipIf(noOverwriting)('notices when the range does not stay zero', { timeout: 30_000 }, async () => {
  const file = join(here.path, 'scribbled');
  writeFileSync(file, noise(4 * MIB));
  const scribbler = spawn(
    process.execPath,
    [
      '-e',
      `const fs = require('node:fs'); const fd = fs.openSync(process.argv[1], 'r+');
       process.stdout.write('x'); for (;;) fs.writeSync(fd, 'x', 100);`,
      file,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void scribbler.kill('SIGKILL'));
  await once(scribbler.stdout, 'data');
  // Slow enough that the scribbler, on a busy machine, gets its turn between the first block and the look at it.
  const request = {
    target: side(file),
    length: 4 * MIB,
    method: 'shred',
    io: { bytesPerSecond: 8 * MIB },
  } as const;
  expect(await rejection(startMover().wipe(request))).toMatchObject({
    code: 'VERIFY_FAILED',
    side: 'destination',
    offset: 100,
  });
});

it('refuses what is not asked rightly, and touches nothing', async () => {
  const file = join(here.path, 'refused');
  const bytes = noise(8192);
  writeFileSync(file, bytes);
  const mover = startMover();
  const request = { target: side(file), length: 8192, method: 'zero' } as const;
  const other = join(here.path, 'another');
  writeFileSync(other, '');
  for (const [change, code] of [
    [{ length: 8193 }, 'DESTINATION_TOO_SMALL'],
    [{ target: side(file, 1) }, 'DESTINATION_TOO_SMALL'],
    [{ target: { ...side(file), identity: side(other).identity } }, 'IDENTITY_MISMATCH'],
    [{ target: { ...side(file), path: 'refused' } }, 'INVALID_REQUEST'],
    [{ length: -1 }, 'INVALID_REQUEST'],
    [{ resumeFrom: 8193 }, 'INVALID_REQUEST'],
    [{ io: { blockSize: 1000 } }, 'INVALID_REQUEST'],
    [{ target: { ...side(file), path: '/dev/null' } }, 'NOT_A_FILE_OR_DEVICE'],
  ] as const)
    expect(await rejection(mover.wipe({ ...request, ...change })), code).toMatchObject({ code });
  expect(content(file).equals(bytes)).toBe(true);
});
