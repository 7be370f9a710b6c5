import { existsSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BackingStore, MIB } from '@scoria/driver-sdk';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStore, rejection, sparseFile, temporaryDirectory, tree, volume } from './harness.ts';

let store: BackingStore;
let directory = '';
let unmanaged = '';
beforeEach(async () => {
  directory = temporaryDirectory();
  unmanaged = join(directory, 'unmanaged');
  store = await openStore(directory);
  await store.probe();
});

describe('manageExisting', () => {
  it('makes a file a volume, with its content', async () => {
    writeFileSync(join(unmanaged, 'old disk.img'), Buffer.alloc(3 * MIB, 7), { mode: 0o644 });
    const reference = { 'source-name': 'old disk.img' };
    expect(await store.manageExistingGetSize(reference)).toBe(3 * MIB);
    await store.manageExisting('volume-1', reference);
    expect(tree(unmanaged)).toEqual([]);
    const path = await store.path('volume-1');
    expect(readFileSync(path).equals(Buffer.alloc(3 * MIB, 7))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await store.manageExisting('volume-1', reference);
    expect(await store.listOwned()).toMatchObject([{ kind: 'volume', name: 'volume-1' }]);
  });

  it('tells the exact size, and pads to whole blocks', async () => {
    writeFileSync(join(unmanaged, 'odd'), Buffer.alloc(MIB + 1, 7));
    expect(await store.manageExistingGetSize({ 'source-name': 'odd' })).toBe(MIB + 1);
    await store.manageExisting('volume-1', { 'source-name': 'odd' });
    const content = readFileSync(await store.path('volume-1'));
    expect(content.length).toBe(MIB + 512);
    expect(content.equals(Buffer.concat([Buffer.alloc(MIB + 1, 7), Buffer.alloc(511)]))).toBe(true);
  });

  it('goes on where a crash left it', async () => {
    sparseFile(join(unmanaged, 'disk'), MIB);
    linkSync(join(unmanaged, 'disk'), join(directory, 'volumes/volume-1'));
    await store.manageExisting('volume-1', { 'source-name': 'disk' });
    expect(tree(unmanaged)).toEqual([]);
    expect(await store.path('volume-1')).toBeTruthy();
  });

  it('never replaces a volume', async () => {
    await store.create(volume('volume-1'));
    sparseFile(join(unmanaged, 'disk'), 2 * MIB);
    expect(await rejection(store.manageExisting('volume-1', { 'source-name': 'disk' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    expect(statSync(await store.path('volume-1')).size).toBe(MIB);
    expect(tree(unmanaged)).toEqual(['disk']);
  });

  it.each([
    [{}],
    [{ 'source-id': 'disk' }],
    [{ 'source-name': '' }],
    [{ 'source-name': '..' }],
    [{ 'source-name': '../volumes/volume-9' }],
    [{ 'source-name': '/etc/passwd' }],
    [{ 'source-name': 'a\nb' }],
    [{ 'source-name': 'a\0b' }],
    [{ 'source-name': 'x'.repeat(4096) }],
    [{ 'source-name': 'absent' }],
    [{ 'source-name': 'directory' }],
    [{ 'source-name': 'link' }],
    [{ 'source-name': 'empty' }],
  ])('refuses %j and says what is known', async (reference) => {
    await store.create(volume('volume-9'));
    mkdirSync(join(unmanaged, 'directory'));
    symlinkSync('/etc/passwd', join(unmanaged, 'link'));
    writeFileSync(join(unmanaged, 'empty'), '');
    const before = tree(directory);
    const refused = { code: 'INVALID_REFERENCE', message: expect.stringContaining('source-name') };
    expect(await rejection(store.manageExistingGetSize(reference))).toMatchObject(refused);
    expect(await rejection(store.manageExisting('volume-1', reference))).toMatchObject(refused);
    expect(tree(directory)).toEqual(before);
  });

  it('refuses a file that has another name', async () => {
    sparseFile(join(unmanaged, 'disk'), MIB);
    linkSync(join(unmanaged, 'disk'), join(directory, 'elsewhere'));
    expect(await rejection(store.manageExisting('volume-1', { 'source-name': 'disk' }))).toMatchObject({
      code: 'INVALID_REFERENCE',
    });
    expect(existsSync(join(directory, 'volumes/volume-1'))).toBe(false);
  });
});

describe('unmanage', () => {
  it('keeps the data and gives it back', async () => {
    await store.create(volume('volume-1'));
    writeFileSync(await store.path('volume-1'), Buffer.alloc(MIB, 3));
    await store.unmanage('volume-1');
    await store.unmanage('volume-1');
    expect(await store.listOwned()).toEqual([]);
    expect(readFileSync(join(unmanaged, 'volume-1')).equals(Buffer.alloc(MIB, 3))).toBe(true);
    await store.manageExisting('volume-2', { 'source-name': 'volume-1' });
    expect(readFileSync(await store.path('volume-2')).equals(Buffer.alloc(MIB, 3))).toBe(true);
  });

  it('goes on where a crash left it, and never replaces a file', async () => {
    await store.create(volume('volume-1'));
    linkSync(await store.path('volume-1'), join(unmanaged, 'volume-1'));
    await store.unmanage('volume-1');
    expect(tree(join(directory, 'volumes'))).toEqual([]);
    await store.create(volume('volume-1'));
    expect(await rejection(store.unmanage('volume-1'))).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await store.path('volume-1')).toBeTruthy();
  });
});
