import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { callSocket, runService, volumeOf, writeConfig } from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 2 ** 20;
const BTRFS = 0x9123683e;
const patient = { timeout: 40_000, interval: 20 };

/** Starts a service in a process of its own and waits until it serves. */
async function spawnService(config: string) {
  const child = spawn(
    process.execPath,
    ['--conditions=scoria-source', join(import.meta.dirname, '../fixtures/serveUntilKilled.ts'), config],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child;
}

/** The unfinished work of a service, as another process sees it. */
function unfinished(directory: string): { kind: string; path: string; durable_bytes: number }[] {
  const database = new Database(join(directory, 'state', 'scoria.db'), { readonly: true });
  try {
    const rows = database.prepare('SELECT kind, path, durable_bytes FROM dirty_destinations').all();
    return z.array(z.object({ kind: z.string(), path: z.string(), durable_bytes: z.int() })).parse(rows);
  } finally {
    database.close();
  }
}

function write(path: string, offset: number, bytes: Buffer): void {
  const fd = openSync(path, 'r+');
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, offset + done);
  closeSync(fd);
}

function read(path: string, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const fd = openSync(path, 'r');
  for (let done = 0; done < length; ) done += readSync(fd, bytes, done, length - done, offset + done);
  closeSync(fd);
  return bytes;
}

function resumed(logged: readonly string[], message: string): number {
  const line = logged.find((each) => each.includes(message));
  return z.object({ resumeFrom: z.number() }).parse(JSON.parse(line ?? '{}')).resumeFrom;
}

/** A service in a process of its own over volumes with real bytes; `options` are added to its backend's section. */
async function withBytes(options: Readonly<Record<string, unknown>>) {
  const directory = scratchDirectory();
  const data = join(directory, 'data');
  const socket = join(directory, 'state', 'api.sock');
  const faults = join(directory, 'faults.json');
  const section = { fake_data_dir: data, fake_recycle: true, fake_faults_file: faults, ...options };
  const config = writeConfig(directory, { fake: section }, { data_mover_checkpoint_interval: 1 });
  const call = (method: string, path: string, body?: unknown) => callSocket(socket, method, path, body);
  const create = async (change: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    volumeOf(await call('POST', '/p/volumes', { volume: { size: 1, ...change } })).id;
  const available = (id: string) =>
    vi.waitFor(
      async () => expect(volumeOf(await call('GET', `/p/volumes/${id}`)).status).toBe('available'),
      patient,
    );
  return {
    directory,
    config,
    call,
    create,
    available,
    faults: (list: readonly unknown[]) => writeFileSync(faults, JSON.stringify(list)),
    state: () => readFileSync(join(directory, 'fake.json'), 'utf8'),
    file: (id: string) => join(data, 'volumes', `volume-${id}`),
    slots: () => readdirSync(join(data, 'slots')),
  };
}

const noOverwriting = statfsSync(tmpdir()).type === BTRFS;
if (noOverwriting) console.warn('SKIPPED a killed wipe: btrfs overwrites nothing in place');

test.skipIf(noOverwriting)(
  'kill -9 in the middle of a wipe: it goes on where it was, and the space is nobody’s until it ends',
  { timeout: 120_000 },
  async () => {
    const lab = await withBytes({
      volume_clear: 'shred',
      volume_clear_size: 192,
      volume_copy_bps_limit: 150_000_000,
    });
    const first = await spawnService(lab.config);
    const old = await lab.create();
    await lab.available(old);
    const { ino } = statSync(lab.file(old), { bigint: true });
    write(lab.file(old), 0, randomBytes(192 * MIB));
    write(lab.file(old), 192 * MIB, Buffer.from('not to be wiped'));
    // The driver is killed, too, when it has just named the wipe.
    lab.faults([{ operation: 'deleteVolume', when: 'after', action: 'crash' }]);
    expect((await lab.call('DELETE', `/p/volumes/${old}`)).status).toBe(202);
    await vi.waitFor(() => expect(lab.state()).toContain('"doomed":true'), patient);
    lab.faults([]);
    const checkpoint = await vi.waitFor(() => {
      const [work] = unfinished(lab.directory);
      expect(work).toMatchObject({ kind: 'wipe', path: lab.file(old) });
      expect(work?.durable_bytes).toBeGreaterThan(0);
      return work?.durable_bytes ?? 0;
    }, patient);
    expect(volumeOf(await lab.call('GET', `/p/volumes/${old}`)).status).toBe('deleting');
    const meanwhile = await lab.create();
    await lab.available(meanwhile);
    expect(statSync(lab.file(meanwhile), { bigint: true }).ino).not.toBe(ino);
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(lab.slots()).toEqual([]);
    expect(existsSync(lab.file(old))).toBe(true);

    const second = await runService(lab.config);
    await vi.waitFor(
      async () => expect((await second.call('GET', `/p/volumes/${old}`)).status).toBe(404),
      patient,
    );
    const from = resumed(second.logged, 'wipe taken up at its checkpoint');
    expect(from).toBeGreaterThanOrEqual(checkpoint);
    expect(from).toBeLessThan(192 * MIB);
    expect(unfinished(lab.directory)).toEqual([]);
    const next = await lab.create();
    await lab.available(next);
    expect(statSync(lab.file(next), { bigint: true }).ino).toBe(ino);
    expect(read(lab.file(next), 0, 192 * MIB).equals(Buffer.alloc(192 * MIB))).toBe(true);
    expect(read(lab.file(next), 192 * MIB, 15).toString()).toBe('not to be wiped');
  },
);

test('kill -9 in the middle of a copy: it goes on where it was', { timeout: 120_000 }, async () => {
  const lab = await withBytes({ volume_copy_bps_limit: 60_000_000, volume_clear: 'none' });
  const first = await spawnService(lab.config);
  const source = await lab.create();
  await lab.available(source);
  const data = randomBytes(160 * MIB);
  write(lab.file(source), 0, data);
  // What it is copied to is full of something else.
  const former = await lab.create();
  await lab.available(former);
  const rubbish = Buffer.alloc(MIB, 'rubbish');
  for (const place of [0, 150, 300, 1023]) write(lab.file(former), place * MIB, rubbish);
  await lab.call('DELETE', `/p/volumes/${former}`);
  await vi.waitFor(() => expect(lab.slots()).toHaveLength(1), patient);
  const clone = await lab.create({ source_volid: source });
  const checkpoint = await vi.waitFor(() => {
    const [work] = unfinished(lab.directory);
    expect(work).toMatchObject({ kind: 'copy', path: lab.file(clone) });
    expect(work?.durable_bytes).toBeGreaterThan(0);
    return work?.durable_bytes ?? 0;
  }, patient);
  first.kill('SIGKILL');
  await once(first, 'exit');

  const second = await runService(lab.config);
  await vi.waitFor(
    async () => expect(volumeOf(await second.call('GET', `/p/volumes/${clone}`)).status).toBe('available'),
    patient,
  );
  const from = resumed(second.logged, 'copy taken up at its checkpoint');
  expect(from).toBeGreaterThanOrEqual(checkpoint);
  expect(unfinished(lab.directory)).toEqual([]);
  expect(read(lab.file(clone), 0, data.length).equals(data)).toBe(true);
  for (const place of [300, 1023])
    expect(read(lab.file(clone), place * MIB, MIB).equals(Buffer.alloc(MIB))).toBe(true);
});

test('kill -9 before the driver has made a clone: the next start waits for the driver to say how it is made', {
  timeout: 120_000,
}, async () => {
  const lab = await withBytes({ volume_clear: 'none' });
  const first = await spawnService(lab.config);
  const source = await lab.create();
  await lab.available(source);
  const data = randomBytes(3 * MIB + 1);
  write(lab.file(source), 5 * MIB - 1, data);
  lab.faults([{ operation: 'createClonedVolume', when: 'before', action: 'hang' }]);
  const clone = await lab.create({ source_volid: source });
  first.kill('SIGKILL');
  await once(first, 'exit');
  lab.faults([]);

  // It is taken up at once, long before the driver's process has started.
  const second = await runService(lab.config);
  await vi.waitFor(
    async () => expect(volumeOf(await second.call('GET', `/p/volumes/${clone}`)).status).toBe('available'),
    patient,
  );
  expect(read(lab.file(clone), 5 * MIB - 1, data.length).equals(data)).toBe(true);
  expect(lab.state()).toContain(`"origin":"volume volume-${source}"`);
});
