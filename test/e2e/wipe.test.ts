import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Scoria, startScoria, waitFor } from '@scoria-test/support';
import { describe, expect, it, onTestFinished } from 'vitest';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** A service over a fake array that uses freed space again, as it is. */
async function startArray(options: Readonly<Record<string, unknown>>) {
  const directory = await mkdtemp(join(tmpdir(), 'scoria-wipe-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const data = join(directory, 'array');
  const section = { volume_driver: 'fake', fake_data_dir: data, fake_recycle: true, ...options };
  const start = async (): Promise<Scoria> => {
    const scoria = await startScoria({ directory, backends: { array: section } });
    onTestFinished(() => scoria.kill());
    return scoria;
  };
  return {
    start,
    file: (id: string) => join(data, 'volumes', `volume-${id}`),
    slots: () => readdir(join(data, 'slots')),
  };
}

/** Fills a file with one random mebibyte, again and again. */
async function fill(path: string, bytes: number): Promise<Buffer> {
  const piece = randomBytes(MIB);
  const file = await open(path, 'r+');
  try {
    for (let offset = 0; offset < bytes; offset += MIB) await file.write(piece, 0, MIB, offset);
    await file.sync();
  } finally {
    await file.close();
  }
  return piece;
}

/** Whether so many bytes of a file, and no more are in it, are zero. */
async function isZero(path: string, bytes: number): Promise<boolean> {
  expect((await stat(path)).size).toBe(bytes);
  return promisify(execFile)('cmp', ['-n', String(bytes), path, '/dev/zero']).then(
    () => true,
    () => false,
  );
}

const inodeOf = async (path: string): Promise<bigint> => (await stat(path, { bigint: true })).ino;

describe('a deleted volume of 1 GiB, and the next one in the same space', () => {
  it('reads as zero, all of it', { timeout: 120_000 }, async () => {
    const array = await startArray({});
    const { client } = await array.start();
    const old = await client.createVolume({ size: 1 });
    await fill(array.file(old.id), GIB);
    const space = await inodeOf(array.file(old.id));
    await client.ok('DELETE', `/volumes/${old.id}`);
    await client.gone('volume', old.id);
    const next = await client.createVolume({ size: 1 });
    expect(await inodeOf(array.file(next.id))).toBe(space);
    expect(await isZero(array.file(next.id), GIB)).toBe(true);
  });

  it('shows the old bytes with volume_clear none: so the test above can fail', {
    timeout: 120_000,
  }, async () => {
    const array = await startArray({ volume_clear: 'none' });
    const { client } = await array.start();
    const old = await client.createVolume({ size: 1 });
    const piece = await fill(array.file(old.id), 8 * MIB);
    const space = await inodeOf(array.file(old.id));
    await client.ok('DELETE', `/volumes/${old.id}`);
    await client.gone('volume', old.id);
    const next = await client.createVolume({ size: 1 });
    expect(await inodeOf(array.file(next.id))).toBe(space);
    const file = await open(array.file(next.id));
    const shown = Buffer.alloc(MIB);
    await file.read(shown, 0, MIB, 7 * MIB);
    await file.close();
    expect(shown.equals(piece)).toBe(true);
    expect(await isZero(array.file(next.id), GIB)).toBe(false);
  });

  it('is nobody’s before it is wiped, whatever is killed meanwhile', { timeout: 180_000 }, async () => {
    const array = await startArray({
      volume_copy_bps_limit: 100_000_000,
      volume_clear: 'shred',
      volume_clear_size: 64,
    });
    let scoria = await array.start();
    const old = await scoria.client.createVolume({ size: 1 });
    await fill(array.file(old.id), 64 * MIB);
    const space = await inodeOf(array.file(old.id));
    await scoria.client.ok('DELETE', `/volumes/${old.id}`);
    for (let kill = 0; kill < 2; kill += 1) {
      const { volume } = await scoria.client.ok('GET', `/volumes/${old.id}`);
      expect(volume.status).toBe('deleting');
      expect(await array.slots()).toEqual([]);
      const other = await scoria.client.createVolume({ size: 1 });
      expect(await inodeOf(array.file(other.id))).not.toBe(space);
      await scoria.kill();
      scoria = await array.start();
    }
    await waitFor('the space to be free', async () => (await array.slots()).length > 0, {
      timeoutMs: 90_000,
    });
    await scoria.client.gone('volume', old.id);
    const next = await scoria.client.createVolume({ size: 1 });
    expect(await inodeOf(array.file(next.id))).toBe(space);
    expect(await isZero(array.file(next.id), GIB)).toBe(true);
  });
});
