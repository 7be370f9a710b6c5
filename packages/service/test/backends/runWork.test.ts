import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, type CopyWork, type WipeWork, type WorkEndpoint } from '@scoria/core/contract';
import { DataMover, type WipeRequest } from '@scoria/data-mover';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { backendIo } from '../../src/backends/backendIo.ts';
import { runDoomed, runWork, type WorkContext } from '../../src/backends/runWork.ts';
import { workMarks } from '../../src/journal/index.ts';
import type { State } from '../../src/state/index.ts';
import { scratchDirectory, scratchState } from '../fixtures/scratchState.ts';

const KIB = 1024;

function startMover(): DataMover {
  const mover = new DataMover({ maxThreads: 1 });
  mover.start();
  onTestFinished(() => mover.close({ cancel: true }));
  return mover;
}

/** An operation under way on the object `volume-1`, in its nth run. */
async function running(state: State, { run = 1, entry = 0 } = {}) {
  const entryId =
    entry ||
    (await state.journal.open({
      kind: 'test',
      objectId: 'volume-1',
      requestId: 'req',
      arguments: {},
      steps: ['work'],
    }));
  const context: WorkContext = {
    signal: new AbortController().signal,
    log: pino({ level: 'silent' }),
    marks: workMarks(state, entryId, run),
  };
  return { entryId, context };
}

function endpoint(path: string): WorkEndpoint {
  const { dev, ino } = statSync(path, { bigint: true });
  return { path, identity: { type: 'inode', dev: String(dev), ino: String(ino) }, offset: bytes(0) };
}

function copyOf(source: string, destination: string, length: number): CopyWork {
  return {
    kind: 'copy',
    source: endpoint(source),
    destination: endpoint(destination),
    length: bytes(length),
    destinationIsZero: false,
  };
}

function wipeOf(path: string, length: number): WipeWork {
  return {
    kind: 'wipe',
    target: endpoint(path),
    length: bytes(length),
    method: 'zero',
    guarantee: 'reads-as-zero',
  };
}

function files(...contents: readonly Buffer[]): string[] {
  const directory = scratchDirectory();
  return contents.map((content, index) => {
    const path = join(directory, `file-${index}`);
    writeFileSync(path, content);
    return path;
  });
}

it('tells how much of all pieces is done, in percent and bytes', async () => {
  const { state } = await scratchState();
  const { context } = await running(state);
  const [a = '', b = ''] = files(randomBytes(300), Buffer.alloc(300));
  const told: unknown[] = [];
  await runWork(
    startMover(),
    [copyOf(a, b, 300), copyOf(b, a, 100)],
    context,
    (percent, { doneBytes, totalBytes }) => told.push([percent, doneBytes, totalBytes]),
  );
  // The last report of each piece is sure to come.
  expect(told).toContainEqual([75, 300, 400]);
  expect(told.at(-1)).toEqual([100, 400, 400]);
});

it('marks a destination until its work is done, by path and identity', async () => {
  const { state } = await scratchState();
  const { context, entryId } = await running(state);
  const [a = '', b = ''] = files(randomBytes(64 * KIB), Buffer.alloc(64 * KIB));
  const mover = startMover();
  const short = { ...copyOf(a, b, 64 * KIB), length: bytes(64 * KIB + 1) };
  await expect(runWork(mover, [short], context)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
  expect(await state.dirty.ofEntry(entryId)).toMatchObject([
    { kind: 'copy', path: b, identity: JSON.stringify(short.destination.identity), doomed: false },
  ]);
  expect(await state.dirty.ofObject('volume-1')).toHaveLength(1);
  expect(await state.dirty.ofObject('volume-2')).toHaveLength(0);
  await runWork(mover, [copyOf(a, b, 64 * KIB)], context);
  expect(readFileSync(b).equals(readFileSync(a))).toBe(true);
  // The other piece was never finished.
  expect(await state.dirty.ofEntry(entryId)).toHaveLength(1);
});

it('does not forget a mark with the age of its operation', async () => {
  const { state } = await scratchState();
  const { context, entryId } = await running(state);
  const [a = ''] = files(randomBytes(KIB));
  await context.marks.begin(wipeOf(a, KIB), false);
  await state.journal.close(entryId, 'failed', 'x');
  const later = new Date(Date.now() + 60_000).toISOString();
  expect(await state.journal.prune(later, 10)).toBe(0);
  await context.marks.clean(wipeOf(a, KIB));
  expect(await state.journal.prune(later, 10)).toBe(1);
});

it('goes on at the checkpoint of an earlier run, by whatever path the device comes back', async () => {
  const { state } = await scratchState();
  const first = await running(state);
  const data = randomBytes(256 * KIB);
  const [a = ''] = files(data);
  const piece = wipeOf(a, 256 * KIB);
  await first.context.marks.begin(piece, false);
  await first.context.marks.reach(piece, 64 * KIB);
  const { context } = await running(state, { run: 2, entry: first.entryId });
  const elsewhere = { ...piece, target: { ...piece.target, path: `${a}/../file-0` } };
  const asked: WipeRequest[] = [];
  const mover = startMover();
  await runWork(
    {
      copy: mover.copy.bind(mover),
      wipe: (request, options) => {
        asked.push(request);
        return mover.wipe({ ...request, target: { ...request.target, path: a } }, options);
      },
    },
    [elsewhere],
    context,
    undefined,
    backendIo({ volume_dd_blocksize: '64K', volume_clear_ionice: '-c2 -n7', volume_copy_bps_limit: 10 ** 9 }),
  );
  expect(asked).toMatchObject([
    {
      resumeFrom: 64 * KIB,
      require: 'reads-as-zero',
      io: { blockSize: 64 * KIB, bytesPerSecond: 10 ** 9, priority: { class: 'best-effort', level: 7 } },
    },
  ]);
  expect(await state.dirty.ofEntry(first.entryId)).toEqual([]);
});

it('begins anew what is another piece, and gives its mark to what has come back as another device', async () => {
  const { state } = await scratchState();
  const { context, entryId } = await running(state);
  const [a = '', b = ''] = files(randomBytes(KIB), randomBytes(KIB));
  const piece = wipeOf(a, KIB);
  await context.marks.begin(piece, false);
  await context.marks.reach(piece, 512);
  expect(await context.marks.begin(piece, false)).toBe(512);
  expect(await context.marks.begin({ ...piece, method: 'shred' }, false)).toBe(0);
  expect(await context.marks.begin({ ...piece, length: bytes(KIB - 1) }, false)).toBe(0);
  expect(await state.dirty.ofEntry(entryId)).toHaveLength(3);
  const second = await running(state, { run: 2, entry: entryId });
  expect(await second.context.marks.begin(wipeOf(b, KIB), false)).toBe(0);
  const left = await state.dirty.ofEntry(entryId);
  expect(left.map(({ path, length }) => [path, length]).sort()).toEqual(
    [
      [a, KIB - 1],
      [b, KIB],
    ].sort(),
  );
});

it('keeps the marks of what is going to be removed', async () => {
  const { state } = await scratchState();
  const { context, entryId } = await running(state);
  const [a = ''] = files(randomBytes(KIB));
  await runDoomed(startMover(), [wipeOf(a, KIB)], context);
  expect(readFileSync(a).equals(Buffer.alloc(KIB))).toBe(true);
  expect(await state.dirty.ofEntry(entryId)).toMatchObject([{ doomed: true }]);
  await context.marks.forgetDoomed();
  expect(await state.dirty.ofEntry(entryId), 'of this run').toHaveLength(1);
  await (await running(state, { run: 2, entry: entryId })).context.marks.forgetDoomed();
  expect(await state.dirty.ofEntry(entryId)).toEqual([]);
});

it('leaves the block size to the data mover where the section names none', () => {
  expect(backendIo({}).copy.blockSize).toBeUndefined();
});

it.each([
  ['1M', 2 ** 20],
  ['512K', 2 ** 19],
  ['4096', 4096],
  ['1000', 512],
  ['1', 512],
  ['1G', 16 * 2 ** 20],
  ['99999999999999999999999G', 16 * 2 ** 20],
])('a block size of %s is %i bytes', (written, blockSize) => {
  expect(backendIo({ volume_dd_blocksize: written }).copy.blockSize).toBe(blockSize);
});

it.each([
  ['-c3', { class: 'idle' }],
  ['-c2 -n7', { class: 'best-effort', level: 7 }],
  ['-c1-n0', { class: 'realtime', level: 0 }],
  ['-c0', undefined],
])('an ionice of %s', (written, priority) => {
  const io = backendIo({ volume_clear_ionice: written });
  expect(io.wipe.priority).toEqual(priority);
  expect(io.copy.priority).toBeUndefined();
});
