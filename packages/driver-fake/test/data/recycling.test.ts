import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, type DriverClient, MIB, type Volume } from '@scoria/driver-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Crashed, openInProcess } from '../support/inProcess.ts';
import { snapshotOf, volume } from '../support/objects.ts';

type Section = NonNullable<Parameters<typeof openInProcess>[0]>;
const size = bytes(2 * MIB + 512);

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'scoria-fake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function opened(folder: string, section: Section = {}): Promise<DriverClient> {
  return openInProcess({ fake_recycle: true, ...section, fake_data_dir: folder });
}

/** A volume full of one letter. */
async function written(driver: DriverClient, letter: string, change: Partial<Volume> = {}): Promise<Volume> {
  const made = volume({ size, ...change });
  await driver.createVolume({ volume: made });
  await writeFile(await pathOf(driver, made), letter.repeat(made.size));
  return made;
}

async function pathOf(driver: DriverClient, { name, ...rest }: Volume): Promise<string> {
  return (await driver.localPath({ volume: { ...rest, name } })).path;
}

const firstOf = async (path: string): Promise<string> => (await readFile(path)).toString('latin1', 0, 1);

describe('space that is used again', () => {
  it('is kept until its wiping is done, named again and again', async () => {
    const folder = await scratch();
    const driver = await opened(folder);
    const old = await written(driver, 'x');
    const path = await pathOf(driver, old);
    const { ino } = await stat(path, { bigint: true });
    const { work } = await driver.deleteVolume({ volume: old });
    expect(work).toMatchObject([
      {
        kind: 'wipe',
        method: 'zero',
        guarantee: 'reads-as-zero',
        length: size,
        target: { path, offset: 0, identity: { type: 'inode', ino: String(ino) } },
      },
    ]);
    expect((await driver.deleteVolume({ volume: old })).work).toEqual(work);
    const next = volume({ size });
    await driver.createVolume({ volume: next });
    expect((await stat(await pathOf(driver, next), { bigint: true })).ino).not.toBe(ino);
    expect((await driver.listOwned({})).objects.map(({ name }) => name)).toContain(old.name);

    expect((await driver.deleteVolume({ volume: old, workDone: true })).work).toEqual([]);
    expect((await driver.listOwned({})).objects.map(({ name }) => name)).not.toContain(old.name);
    expect((await driver.deleteVolume({ volume: old, workDone: true })).work).toEqual([]);
    const after = volume({ size });
    await driver.createVolume({ volume: after });
    expect((await stat(await pathOf(driver, after), { bigint: true })).ino).toBe(ino);
    // Nobody has wiped it in this test: it is given away as it is.
    expect(await firstOf(await pathOf(driver, after))).toBe('x');
  });

  it('is not free because somebody says that work is done which was never named', async () => {
    const driver = await opened(await scratch());
    const old = await written(driver, 'x');
    expect((await driver.deleteVolume({ volume: old, workDone: true })).work).toHaveLength(1);
  });

  it('shows the old bytes with volume_clear none', async () => {
    const driver = await opened(await scratch(), { volume_clear: 'none' });
    const old = await written(driver, 'x');
    expect((await driver.deleteVolume({ volume: old })).work).toEqual([]);
    const other = volume({ size: bytes(size + 512) });
    await driver.createVolume({ volume: other });
    expect(await firstOf(await pathOf(driver, other)), 'another size').toBe('\0');
    const next = volume({ size });
    await driver.createVolume({ volume: next });
    const content = await readFile(await pathOf(driver, next));
    expect(content.equals(Buffer.alloc(size, 'x'))).toBe(true);
  });

  it.each([
    [0, size],
    [1, MIB],
    [2, 2 * MIB],
    [3, size],
  ])('is wiped as volume_clear_size %i says, by bytes', async (mebibytes, length) => {
    const driver = await opened(await scratch(), { volume_clear: 'shred', volume_clear_size: mebibytes });
    const old = await written(driver, 'x');
    expect((await driver.deleteVolume({ volume: old })).work).toMatchObject([{ method: 'shred', length }]);
  });

  it('is that of snapshots, too, and copies are made into it byte by byte', async () => {
    const folder = await scratch();
    const driver = await opened(folder, { volume_clear: 'none' });
    const [old, source] = [await written(driver, 'x'), await written(driver, 'y')];
    await driver.deleteVolume({ volume: old });
    const snapshot = snapshotOf(source);
    const { work } = await driver.createSnapshot({ snapshot });
    expect(work).toMatchObject([{ kind: 'copy', destinationIsZero: false, length: size }]);
    const path = join(folder, 'snapshots', snapshot.name);
    expect(await firstOf(path)).toBe('x');

    const wiping = await opened(folder, { volume_clear: 'zero' });
    expect((await wiping.deleteSnapshot({ snapshot })).work).toMatchObject([
      { kind: 'wipe', target: { path } },
    ]);
    expect((await wiping.deleteSnapshot({ snapshot, workDone: true })).work).toEqual([]);
    expect(await readdir(join(folder, 'slots'))).toEqual([snapshot.name]);
  });

  it('stays what it was in the next process, wiped or not', async () => {
    const folder = await scratch();
    const first = await opened(folder);
    const old = await written(first, 'x');
    const named = await first.deleteVolume({ volume: old });
    const second = await opened(folder);
    expect(await second.deleteVolume({ volume: old })).toEqual(named);
    await second.deleteVolume({ volume: old, workDone: true });
    const third = await opened(folder);
    const next = volume({ size });
    await third.createVolume({ volume: next });
    expect(await firstOf(await pathOf(third, next))).toBe('x');
    expect(await readdir(join(folder, 'slots'))).toEqual([]);
  });

  it('is freed once, when the process is killed after it was moved and before that was written down', async () => {
    const folder = await scratch();
    const first = await opened(folder);
    const old = await written(first, 'x');
    await first.deleteVolume({ volume: old });
    await rename(join(folder, 'volumes', old.name), join(folder, 'slots', old.name));
    const second = await opened(folder);
    expect((await second.deleteVolume({ volume: old })).work).toEqual([]);
    const next = volume({ size });
    await second.createVolume({ volume: next });
    expect(await firstOf(await pathOf(second, next))).toBe('x');
  });

  it('is given away once, when the process is killed while it gives it away', async () => {
    const folder = await scratch();
    const driver = await opened(folder, {
      volume_clear: 'none',
      fake_faults: [{ operation: 'createVolume', when: 'after', action: 'crash', match: 'volume-two' }],
    });
    const old = await written(driver, 'x');
    await driver.deleteVolume({ volume: old });
    const two = volume({ size, name: 'volume-two' });
    await expect(driver.createVolume({ volume: two })).rejects.toThrow(Crashed);
    const again = await opened(folder, { volume_clear: 'none' });
    await again.createVolume({ volume: two });
    const three = volume({ size });
    await again.createVolume({ volume: three });
    expect(await firstOf(await pathOf(again, two))).toBe('x');
    expect(await firstOf(await pathOf(again, three))).toBe('\0');
    expect(await readdir(join(folder, 'slots'))).not.toContain(old.name);
  });

  it('needs files', async () => {
    await expect(openInProcess({ fake_recycle: true })).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
    });
  });
});
