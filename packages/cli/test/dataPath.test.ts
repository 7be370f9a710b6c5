import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFakeDriver, Served } from './fixtures/scoria.ts';

if (noFakeDriver !== null) console.log(`skipped: backups and images by the command: ${noFakeDriver}`);

const MIB = 1024 ** 2;
const main = resolve(import.meta.dirname, '../src/main.ts');

describe.skipIf(noFakeDriver)('backups and images', { timeout: 90_000 }, () => {
  let directory: string;
  let served: Served;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scoria-cli-data-'));
    const section = [
      'volume_driver: fake',
      'fake_protocol: local',
      `fake_data_dir: ${directory}/data`,
      // Slow enough to be watched and interrupted.
      `volume_copy_bps_limit: ${32 * MIB}`,
    ];
    const settings = [
      `backup: {type: directory, path: ${directory}/backups}`,
      `images: {type: directory, path: ${directory}/images}`,
    ];
    for (const folder of ['backups', 'images', 'data']) await mkdir(join(directory, folder), { mode: 0o700 });
    served = await Served.start(`${settings.join('\n')}\n`, section.map((line) => `  ${line}\n`).join(''));
  }, 90_000);
  afterAll(async () => {
    await served?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const contentOf = (volume: { readonly id: string }): Promise<Buffer> =>
    readFirst(join(directory, 'data/volumes', `volume-${volume.id}`), 32 * MIB);

  async function volumeWith(name: string, content: Buffer): Promise<{ readonly id: string }> {
    const volume = await served.json('volume', 'create', name, '--size', '1');
    await using file = await open(join(directory, 'data/volumes', `volume-${volume.id}`), 'r+');
    await file.write(content, 0, content.length, 0);
    return volume;
  }

  it('backs up, adds to it, restores, verifies, moves a record and deletes', async () => {
    const content = randomBytes(2 * MIB);
    const volume = await volumeWith('precious', content);
    const full = await served.json('backup', 'create', 'precious', 'monday', '-p', 'a=b');
    expect(full).toMatchObject({ name: 'monday', status: 'available', size: 1, is_incremental: false });
    const second = await served.json('backup', 'create', 'precious', 'tuesday', '--incremental');
    expect(second).toMatchObject({ is_incremental: true });
    expect((await served.run('backup', 'list')).stdout).toMatch(/tuesday +available +incremental +1 GiB/);
    expect((await served.run('backup', 'delete', 'monday')).stdout).toBe('Deleted backup monday.\n');

    const restored = await served.json('backup', 'restore', 'tuesday', '--name', 'again');
    expect(restored).toMatchObject({ name: 'again', status: 'available' });
    expect((await contentOf(restored)).subarray(0, content.length).equals(content)).toBe(true);

    expect((await served.run('backup', 'verify')).stdout).toBe('1 backup(s) are whole.\n');
    const record = await served.run('backup', 'export', 'tuesday');
    await writeFile(join(directory, 'record.json'), record.stdout);
    const again = await served.run('backup', 'import', join(directory, 'record.json'));
    expect(again.code, 'the record is there already').toBe(5);
    expect((await served.run('backup', 'import', served.config)).code).toBe(2);
    expect((await served.run('backup', 'delete', 'tuesday')).code).toBe(0);
    expect(await served.json('backup', 'list')).toEqual([]);
    await served.run('volume', 'delete', volume.id, restored.id);
  });

  it('names what is wrong in a repository, and which backups are lost', async () => {
    const volume = await volumeWith('damaged', randomBytes(MIB));
    const backup = await served.json('backup', 'create', 'damaged', 'rotten');
    await flipBits(join(directory, 'backups'));
    const found = await served.run('backup', 'verify');
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(backup.id);
    expect(found.stderr).toMatch(/The repository has \d+ problem/);
    const restored = await served.run('backup', 'restore', 'rotten', '--name', 'rotten');
    expect(restored.code).toBe(1);
    await served.run('volume', 'delete', volume.id, 'rotten');
    await served.run('backup', 'delete', 'rotten', '--force');
  });

  it('tells how far it is as lines of JSON, and is cancelled by an interruption', async () => {
    const volume = await volumeWith('large', randomBytes(128 * MIB));
    const child = start(served, ['backup', 'create', 'large', 'never', '--json']);
    const progress = await child.line((line) => 'progress' in line && line.progress.done_bytes > 0);
    expect(progress).toEqual({
      progress: {
        operation: 'backup',
        done_bytes: expect.any(Number),
        total_bytes: 1024 * MIB,
        bytes_per_second: expect.toBeOneOf([null, expect.any(Number)]),
        seconds_left: expect.toBeOneOf([null, expect.any(Number)]),
      },
    });
    child.interrupt();
    expect(await child.code).toBe(130);
    expect(await served.json('backup', 'list')).not.toContainEqual(
      expect.objectContaining({ name: 'never' }),
    );
    expect(await served.json('volume', 'show', 'large')).toMatchObject({ status: 'available' });
    await served.run('volume', 'delete', volume.id);
  });

  it('takes an interrupted restore back: the new volume is gone, one that was there says what it is', async () => {
    const content = randomBytes(128 * MIB);
    const volume = await volumeWith('origin', content);
    await served.json('backup', 'create', 'origin', 'kept');
    const fresh = start(served, ['backup', 'restore', 'kept', '--name', 'halfway', '--json']);
    await fresh.line((line) => 'progress' in line && line.progress.done_bytes > 0);
    fresh.interrupt();
    expect(await fresh.code).toBe(130);
    expect(await served.json('volume', 'list')).not.toContainEqual(
      expect.objectContaining({ name: 'halfway' }),
    );
    const onto = start(served, ['backup', 'restore', 'kept', '--volume', 'origin', '--json']);
    await onto.line((line) => 'progress' in line && line.progress.done_bytes > 0);
    onto.interrupt();
    expect(await onto.code).toBe(130);
    expect(await served.json('volume', 'show', 'origin')).toMatchObject({ status: 'error_restoring' });
    expect(await served.json('backup', 'list')).toMatchObject([{ name: 'kept', status: 'available' }]);
    await served.json('backup', 'restore', 'kept', '--volume', 'origin');
    expect((await contentOf(volume)).equals(content.subarray(0, 32 * MIB))).toBe(true);
    await served.run('backup', 'delete', 'kept');
    await served.run('volume', 'delete', volume.id);
  });

  it('uploads a volume, makes a volume of the image, and takes an interrupted upload back', async () => {
    const content = randomBytes(MIB);
    const volume = await volumeWith('golden', content);
    const upload = await served.json('volume', 'upload', 'golden', 'golden-image', '--disk-format', 'qcow2');
    const copy = await served.json('volume', 'create', 'copy', '-s', '1', '--image', upload.image_id);
    expect(copy).toMatchObject({ status: 'available', bootable: 'true' });
    expect((await contentOf(copy)).subarray(0, MIB).equals(content)).toBe(true);

    const before = (await readdir(join(directory, 'images'))).sort();
    const large = await volumeWith('large-golden', randomBytes(128 * MIB));
    const child = start(served, [
      'volume',
      'upload',
      'large-golden',
      'never',
      '--disk-format',
      'raw',
      '--json',
    ]);
    await child.line((line) => 'progress' in line);
    child.interrupt();
    expect(await child.code).toBe(130);
    expect(await served.json('volume', 'show', 'large-golden')).toMatchObject({ status: 'available' });
    expect((await readdir(join(directory, 'images'))).sort()).toEqual(before);
    await served.run('volume', 'delete', volume.id, copy.id, large.id);
  });

  it('asks for one source and for a size', async () => {
    const two = await served.run('volume', 'create', '--image', 'x', '--source', 'y', '-s', '1');
    expect([two.code, two.stderr]).toEqual([2, expect.stringContaining('one source')]);
    expect((await served.run('volume', 'create', '--image', 'x')).code).toBe(2);
    expect((await served.run('volume', 'upload', 'x', 'y', '--disk-format', 'vmdk')).code).toBe(2);
    expect((await served.run('backup', 'restore', 'x', '--volume', 'a', '--name', 'b')).code).toBe(2);
  });
});

async function readFirst(path: string, length: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
  return buffer.subarray(0, bytesRead);
}

/** Changes one byte in the middle of the largest object of a repository. */
async function flipBits(repository: string): Promise<void> {
  const names = await readdir(repository, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sized = await Promise.all(files.map(async (path) => ({ path, content: await readFile(path) })));
  const largest = sized.sort((one, other) => other.content.length - one.content.length)[0];
  if (largest === undefined) throw new Error('the repository is empty');
  const middle = Math.floor(largest.content.length / 2);
  largest.content[middle] = (largest.content[middle] ?? 0) ^ 1;
  await writeFile(largest.path, largest.content);
}

/** A command under way, whose lines of JSON on stderr are waited for. */
function start(served: Served, args: readonly string[]) {
  const child = spawn(process.execPath, ['--conditions=scoria-source', main, ...args], {
    env: { PATH: process.env['PATH'] ?? '', SCORIA_SOCKET: served.socket },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  return {
    code: new Promise<number | null>((done) => child.once('close', done)),
    interrupt: () => child.kill('SIGINT'),
    // biome-ignore lint/suspicious/noExplicitAny: tests assert on what they read.
    async line(wanted: (line: any) => boolean): Promise<any> {
      return expect
        .poll(() => parseLines(text).find(wanted), { timeout: 30_000, interval: 20 })
        .toBeDefined()
        .then(() => parseLines(text).find(wanted));
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as above.
function parseLines(text: string): any[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}
