import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DataMover } from '@scoria/data-mover';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BLOCK,
  backupOf,
  content,
  endpoint,
  filesBelow,
  MIB,
  noise,
  openStore,
  type TestDirectory,
  testDirectory,
  testMover,
  writeDirty,
} from './harness.ts';

const script = fileURLToPath(new URL('./fixtures/work.ts', import.meta.url));
const SIZE = 24 * MIB + 4097;
const HALF = 12 * MIB;
let mover: DataMover & AsyncDisposable;
beforeAll(() => {
  mover = testMover();
});
afterAll(async () => {
  await mover[Symbol.asyncDispose]();
});

type Child = ChildProcessByStdio<Writable, Readable, null>;

/** Starts the verb in a process of its own. @returns once it is about to begin */
async function start(repository: string, ...args: string[]): Promise<Child> {
  const child = spawn(process.execPath, ['--conditions=scoria-source', script, repository, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

/** Lets it run for a while, then kills it. @returns whether it had finished before */
async function runAndKill(child: Child, ms: number): Promise<boolean> {
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const exit = once(child, 'exit');
  child.stdin.write('go\n');
  await Promise.race([delay(ms), exit]);
  child.kill('SIGKILL');
  await exit;
  return output.includes('done');
}

/** Half noise, half text: something to store, and something to compress. */
function volumeContent(seed: number): Buffer {
  const bytes = Buffer.alloc(SIZE);
  noise(HALF, seed).copy(bytes);
  bytes.fill(`line ${seed} of a text that repeats itself\n`, HALF);
  for (let block = 7; (block + 1) * BLOCK <= SIZE; block += 13)
    bytes.fill(0, block * BLOCK, (block + 1) * BLOCK);
  return bytes;
}

/** Nothing is wrong, nothing is left over, and each backup gives back what it should. */
async function proveWhole(directory: TestDirectory, backups: ReadonlyMap<string, Buffer>): Promise<void> {
  const store = await openStore(mover, directory.file('repository'));
  expect(await store.verify({})).toMatchObject({
    backups: backups.size,
    problems: [],
    unreferenced: [],
  });
  for (const [backupId, expected] of backups) {
    writeDirty(directory.file('destination'), expected.length, 10);
    const destination = endpoint(directory.file('destination'));
    await store.restore({ volumeId: 'v1', backupId, destination });
    expect(content(directory.file('destination')).subarray(0, SIZE).equals(expected)).toBe(true);
  }
  // What a killed write of a small object left is removed by age; packs are not among it.
  const temporary = directory.file('repository/.temporary');
  expect(readdirSync(`${temporary}/spool`).filter((name) => !name.startsWith('restore.'))).toEqual([]);
}

/** Moments spread over the time that the verb takes when nobody kills it, early ones and random ones. */
function moments(count: number, tookMs: number): number[] {
  return Array.from({ length: count }, (_, index) => ((index + Math.random()) / count) * tookMs * 1.1);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

describe('killed at any moment', () => {
  it('a create goes on, or is removed without a trace', { timeout: 180_000 }, async (context) => {
    using directory = testDirectory();
    const repository = directory.file('repository');
    const store = await openStore(mover, repository);
    const volume = directory.file('volume');
    const first = volumeContent(1);
    writeFileSync(volume, first);
    const took = await timed(() => store.create(backupOf(volume, 'base')));
    const second = volumeContent(2);
    second.set(first.subarray(0, HALF / 2));
    writeFileSync(volume, second);
    let interrupted = 0;
    for (const [round, ms] of moments(6, took).entries()) {
      const child = await start(repository, 'create', volume, `b${round}`, 'base');
      if (!(await runAndKill(child, ms))) interrupted += 1;
      const place = { volumeId: 'v1', backupId: `b${round}` };
      const backups = new Map([['base', first]]);
      if (round % 2 === 0) {
        await store.create(backupOf(volume, place.backupId, 'base'));
        backups.set(place.backupId, second);
      } else await store.remove(place);
      await proveWhole(directory, backups);
      await store.remove(place);
    }
    context.annotate(`${interrupted} of 6 were interrupted`);
    expect(interrupted).toBeGreaterThan(0);
    await store.remove({ volumeId: 'v1', backupId: 'base' });
    expect(filesBelow(repository).filter((name) => !name.startsWith('.temporary/'))).toEqual([
      'scoria-backup.json',
    ]);
  });

  it('what a create had stored is not stored again', { timeout: 180_000 }, async () => {
    using directory = testDirectory();
    const repository = directory.file('repository');
    const store = await openStore(mover, repository);
    const volume = directory.file('volume');
    writeFileSync(volume, noise(40 * MIB));
    const child = await start(repository, 'create', volume, 'b1');
    child.stdin.write('go\n');
    const packs = (): string[] =>
      filesBelow(repository).filter((name) => name.startsWith('volumes/v1/packs/'));
    // Killed as soon as one pack is durable.
    while (packs().length === 0 && child.exitCode === null) await delay(2);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const before = packs();
    expect(before.length).toBeGreaterThan(0);
    const made = await store.create(backupOf(volume, 'b1'));
    expect(packs()).toEqual(expect.arrayContaining(before));
    expect(made.storedBytes).toBeLessThan(41 * MIB);
    expect(await store.verify({})).toMatchObject({ problems: [], unreferenced: [] });
  });

  it('a restore is done again, a removal too', { timeout: 180_000 }, async () => {
    using directory = testDirectory();
    const repository = directory.file('repository');
    const store = await openStore(mover, repository);
    const volume = directory.file('volume');
    const contents = [1, 2].map(volumeContent);
    for (const [index, bytes] of contents.entries()) {
      writeFileSync(volume, bytes);
      await store.create(backupOf(volume, `b${index}`, index === 0 ? null : 'b0'));
    }
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = contents;
    writeDirty(volume, SIZE, 0);
    const took = await timed(() =>
      store.restore({ volumeId: 'v1', backupId: 'b1', destination: endpoint(volume) }),
    );
    for (const ms of moments(3, took)) {
      writeDirty(volume, SIZE, 0);
      await runAndKill(await start(repository, 'restore', volume, 'b1'), ms);
      await store.restore({ volumeId: 'v1', backupId: 'b1', destination: endpoint(volume) });
      expect(content(volume).equals(second)).toBe(true);
    }
    for (const ms of moments(3, 40)) {
      writeFileSync(volume, first);
      await store.create(backupOf(volume, 'doomed'));
      await runAndKill(await start(repository, 'remove', volume, 'doomed'), ms);
      await store.remove({ volumeId: 'v1', backupId: 'doomed' });
      const rest: [string, Buffer][] = [
        ['b0', first],
        ['b1', second],
      ];
      await proveWhole(directory, new Map(rest));
    }
  });
});
