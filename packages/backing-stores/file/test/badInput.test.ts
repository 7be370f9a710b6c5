import { chmodSync, existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytes, MIB, type StoredObject } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { mounted, openStore, rejection, sparseFile, temporaryDirectory, tree, volume } from './harness.ts';

/** A size that did not come through the schema. */
function sized(size: number): StoredObject {
  return { name: 'volume-1', size: size as StoredObject['size'] };
}

describe('names', () => {
  const bad = [
    '',
    '.',
    '..',
    '../volume-1',
    'a/b',
    '/etc/passwd',
    'a\nb',
    'a\0b',
    "a'b",
    'a"b',
    'a b',
    '-a',
    'a..b',
    'x'.repeat(129),
    'x'.repeat(4096),
    'ü',
  ];
  it.each(bad)('refuses %j everywhere and makes nothing', async (name) => {
    const directory = temporaryDirectory();
    const store = await openStore(directory);
    await store.create(volume('volume-1'));
    const before = tree(directory);
    const attempts = [
      store.create({ name, size: bytes(MIB) }),
      store.clone({ name, size: bytes(MIB) }, 'volume-1', { sourceInUse: false }),
      store.clone(volume('volume-2'), name, { sourceInUse: false }),
      store.createFromSnapshot(volume('volume-2'), name),
      store.snapshot(name, 'volume-1', { volumeInUse: false }),
      store.snapshot('snapshot-1', name, { volumeInUse: false }),
      store.delete(name),
      store.deleteSnapshot(name),
      store.extend(name, bytes(2 * MIB)),
      store.path(name),
      store.unmanage(name),
      store.manageExisting(name, { 'source-name': 'x' }),
    ];
    for (const error of await Promise.all(attempts.map(rejection)))
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(tree(directory)).toEqual(before);
  });

  it('takes the longest and all allowed characters', async () => {
    const store = await openStore(temporaryDirectory());
    for (const name of ['x'.repeat(128), 'A.b_c-9']) {
      await store.create({ name, size: bytes(MIB) });
      expect(await store.path(name)).toContain(name);
    }
  });
});

describe('sizes', () => {
  it.each([0, -512, 1, 511, 1000, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
    'refuses %d',
    async (size) => {
      const directory = temporaryDirectory();
      const store = await openStore(directory);
      await store.create(volume('volume-2'));
      const before = tree(directory);
      expect(await rejection(store.create(sized(size)))).toMatchObject({ code: 'SIZE_UNSUPPORTED' });
      expect(await rejection(store.clone(sized(size), 'volume-2', { sourceInUse: false }))).toMatchObject({
        code: 'SIZE_UNSUPPORTED',
      });
      expect(await rejection(store.extend('volume-2', sized(size).size))).toMatchObject({
        code: 'SIZE_UNSUPPORTED',
      });
      expect(tree(directory)).toEqual(before);
    },
  );

  it('refuses what the filesystem cannot hold, and leaves nothing', async () => {
    const directory = temporaryDirectory();
    const store = await openStore(directory);
    await store.probe();
    const before = tree(directory);
    // ext4 ends at 16 TiB; 2^53 - 512 is more than any filesystem here but XFS and tmpfs take.
    const result = await store.create(sized(2 ** 53 - 512)).then(
      () => 'made',
      (error: unknown) => error,
    );
    if (result === 'made') return;
    expect(result).toMatchObject({ code: 'SIZE_UNSUPPORTED' });
    expect(tree(directory)).toEqual(before);
  });

  it('keeps to file_store_max_volume_size', async () => {
    const store = await openStore(temporaryDirectory(), { file_store_max_volume_size: 1 });
    await store.create(volume('volume-1', 1024));
    const error = await rejection(store.create({ name: 'volume-2', size: bytes(1024 * MIB + 512) }));
    expect(error).toMatchObject({
      code: 'SIZE_UNSUPPORTED',
      message: expect.stringContaining('file_store_max_volume_size'),
    });
    expect(await rejection(store.extend('volume-1', bytes(1025 * MIB)))).toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
  });
});

describe('a full filesystem', () => {
  const small = mounted('tmpfs', 8);
  it.skipIf(small.skip)('makes no volume, and no file', async () => {
    const store = await openStore(join(small.path, 'a'), { volumes_preallocation: 'full' });
    await store.create(volume('volume-1', 2));
    const before = tree(small.path);
    expect(await rejection(store.create(volume('volume-2', 100)))).toMatchObject({ code: 'NO_SPACE' });
    expect(tree(small.path)).toEqual(before);
    expect(await rejection(store.extend('volume-1', bytes(100 * MIB)))).toMatchObject({ code: 'NO_SPACE' });
    expect(statSync(await store.path('volume-1'))).toMatchObject({ size: 2 * MIB, blocks: (2 * MIB) / 512 });
    await store.delete('volume-1');
  });

  it.skipIf(small.skip)('refuses a copy that cannot fit, and still deletes', async () => {
    const thin = await openStore(join(small.path, 'b'));
    await thin.create(volume('volume-1', 6));
    writeFileSync(await thin.path('volume-1'), Buffer.alloc(6 * MIB, 1));
    const before = tree(small.path);
    expect(
      await rejection(thin.clone(volume('volume-2', 6), 'volume-1', { sourceInUse: false })),
    ).toMatchObject({ code: 'NO_SPACE' });
    expect(await rejection(thin.snapshot('snapshot-1', 'volume-1', { volumeInUse: false }))).toMatchObject({
      code: 'NO_SPACE',
    });
    expect(tree(small.path)).toEqual(before);
    writeFileSync(join(small.path, 'filler'), Buffer.alloc(MIB));
    await thin.delete('volume-1');
    expect(tree(join(small.path, 'b/volumes'))).toEqual([]);
  });
});

describe('a directory that cannot be used', () => {
  it('is named with its option', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    for (const path of [join(directory, 'file'), join(directory, 'file/below'), '/proc/store']) {
      const store = await openStore(path);
      expect(await store.probe()).toMatchObject({
        state: 'absent',
        reason: expect.stringContaining('file_store_dir'),
      });
      expect(await rejection(store.create(volume('volume-1')))).toMatchObject({
        code: 'INVALID_CONFIGURATION',
        details: { option: 'file_store_dir' },
      });
    }
  });

  it('comes back when it is repaired', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'store');
    writeFileSync(path, '');
    const store = await openStore(path);
    expect(await store.probe()).toMatchObject({ state: 'absent' });
    renameSync(path, `${path}.old`);
    expect(await store.probe()).toMatchObject({ state: 'ready' });
  });

  it('that vanishes is not an empty one', async () => {
    const path = join(temporaryDirectory(), 'store');
    const store = await openStore(path);
    await store.create(volume('volume-1'));
    renameSync(path, `${path}.away`);
    mkdirSync(join(path, 'volumes'), { recursive: true });
    const attempts = [
      store.delete('volume-1'),
      store.path('volume-1'),
      store.listOwned(),
      store.create(volume('volume-1')),
      store.pools(),
    ];
    for (const error of await Promise.all(attempts.map(rejection))) {
      expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    }
    expect(await store.probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('gone or was replaced'),
    });
    expect(existsSync(join(`${path}.away`, 'volumes/volume-1'))).toBe(true);
  });

  it('with something else than files says which', async () => {
    const directory = temporaryDirectory();
    const store = await openStore(directory);
    await store.create(volume('volume-1'));
    mkdirSync(join(directory, 'volumes/volume-2'));
    symlinkSync('/etc/passwd', join(directory, 'volumes/volume-3'));
    expect(await rejection(store.path('volume-2'))).toMatchObject({ code: 'BACKEND_ERROR' });
    expect(await rejection(store.path('volume-3'))).toMatchObject({ code: 'BACKEND_ERROR' });
    expect(
      await rejection(store.clone(volume('volume-4'), 'volume-3', { sourceInUse: false })),
    ).toMatchObject({ code: 'BACKEND_ERROR' });
    expect((await store.listOwned()).map(({ kind }) => kind).sort()).toEqual(['other', 'other', 'volume']);
    expect(await store.pools()).toMatchObject([{ provisionedCapacity: MIB }]);
  });
});

describe('staging', () => {
  it('is swept of what ended processes left, and only of that', async () => {
    const directory = temporaryDirectory();
    await (await openStore(directory)).probe();
    const staging = join(directory, 'staging');
    sparseFile(join(staging, '999999999.abc.volume-1'), MIB);
    sparseFile(join(staging, `${process.pid}.abc.volume-2`), MIB);
    sparseFile(join(staging, `${process.ppid}.abc.volume-3`), MIB);
    await (await openStore(directory)).probe();
    expect(tree(staging)).toEqual([`${process.ppid}.abc.volume-3`]);
    chmodSync(staging, 0o700);
  });
});
