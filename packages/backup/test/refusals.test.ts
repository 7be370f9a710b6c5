import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { DataMover } from '@scoria/data-mover';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupStore } from '../src/index.ts';
import {
  BLOCK,
  backupOf,
  content,
  endpoint,
  filesBelow,
  MIB,
  noise,
  openStore,
  rejection,
  testDirectory,
  testMover,
  writeDirty,
} from './harness.ts';

let mover: DataMover & AsyncDisposable;
beforeAll(() => {
  mover = testMover();
});
afterAll(async () => {
  await mover[Symbol.asyncDispose]();
});

/** Why there can be no small filesystem here, if so. */
const noMounts: string | undefined = (() => {
  using directory = testDirectory();
  try {
    mount(directory.path, 'size=1m');
    execFileSync('umount', [directory.path]);
    return undefined;
  } catch (error) {
    console.warn(`SKIPPED tests of full and unmounted repositories: ${String(error)}`);
    return String(error);
  }
})();

function mount(path: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function restored(store: BackupStore, path: string, backupId: string): Promise<Buffer> {
  await store.restore({ volumeId: 'v1', backupId, destination: endpoint(path) });
  return content(path);
}

describe('nothing is written', () => {
  it('to a destination that is one byte too small', async () => {
    using directory = testDirectory();
    const store = await openStore(mover, directory.file('repository'));
    writeFileSync(directory.file('volume'), noise(BLOCK + 1));
    await store.create(backupOf(directory.file('volume'), 'b1'));
    const old = writeDirty(directory.file('small'), BLOCK, 0);
    const failed = store.restore({
      volumeId: 'v1',
      backupId: 'b1',
      destination: endpoint(directory.file('small')),
    });
    expect(await rejection(failed)).toMatchObject({ code: 'DESTINATION_TOO_SMALL' });
    expect(content(directory.file('small')).equals(old)).toBe(true);
  });

  it('to something that is not the destination', async () => {
    using directory = testDirectory();
    const store = await openStore(mover, directory.file('repository'));
    writeFileSync(directory.file('volume'), noise(BLOCK + 1));
    await store.create(backupOf(directory.file('volume'), 'b1'));
    const old = writeDirty(directory.file('other'), 2 * BLOCK, 0);
    const destination = { ...endpoint(directory.file('volume')), path: directory.file('other') };
    expect(await rejection(store.restore({ volumeId: 'v1', backupId: 'b1', destination }))).toMatchObject({
      code: 'DEVICE_FAILED',
      cause: { code: 'IDENTITY_MISMATCH' },
    });
    expect(content(directory.file('other')).equals(old)).toBe(true);
  });
});

describe('a backup is refused', () => {
  it('on a parent that is not there, of another volume, larger, or damaged', async () => {
    using directory = testDirectory();
    const store = await openStore(mover, directory.file('repository'));
    const volume = directory.file('volume');
    writeFileSync(volume, noise(5 * BLOCK));
    await store.create(backupOf(volume, 'b1'));
    await store.create({ ...backupOf(volume, 'c1'), volumeId: 'v2' });
    const refused = { code: 'PARENT_UNUSABLE' };
    expect(await rejection(store.create(backupOf(volume, 'b2', 'none')))).toMatchObject(refused);
    expect(await rejection(store.create(backupOf(volume, 'b2', 'c1')))).toMatchObject(refused);
    writeFileSync(directory.file('smaller'), noise(5 * BLOCK - 1));
    expect(await rejection(store.create(backupOf(directory.file('smaller'), 'b2', 'b1')))).toMatchObject(
      refused,
    );
    const [pack = ''] = filesBelow(directory.file('repository')).filter((name) =>
      name.includes('v1/packs/b1/'),
    );
    rmSync(directory.file(`repository/${pack}`));
    expect(await rejection(store.create(backupOf(volume, 'b2', 'b1')))).toMatchObject(refused);
    await store.remove({ volumeId: 'v1', backupId: 'b2' });
    expect(await rejection(store.describe({ volumeId: 'v1', backupId: 'b2' }))).toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
  });

  it('of a volume that is not the one, or ends early', async () => {
    using directory = testDirectory();
    const store = await openStore(mover, directory.file('repository'));
    writeFileSync(directory.file('volume'), noise(5 * BLOCK));
    writeFileSync(directory.file('other'), noise(5 * BLOCK));
    const request = backupOf(directory.file('volume'), 'b1');
    const moved = { ...request, source: { ...request.source, path: directory.file('other') } };
    expect(await rejection(store.create(moved))).toMatchObject({
      code: 'DEVICE_FAILED',
      cause: { code: 'IDENTITY_MISMATCH' },
    });
    const longer = { ...request, source: { ...request.source, sizeBytes: 6 * BLOCK } };
    expect(await rejection(store.create(longer))).toMatchObject({ code: 'DEVICE_FAILED' });
    await store.create(request);
  });

  it('under a name that could lead somewhere else', async () => {
    using directory = testDirectory();
    const store = await openStore(mover, directory.file('repository'));
    writeFileSync(directory.file('volume'), noise(5));
    for (const backupId of ['../b', 'a/b', '', '.', 'A', 'a'.repeat(200)]) {
      expect(await rejection(store.create(backupOf(directory.file('volume'), backupId)))).toBeInstanceOf(
        TypeError,
      );
      expect(await rejection(store.describe({ volumeId: 'v1', backupId }))).toMatchObject({
        code: 'BACKUP_NOT_FOUND',
      });
      await store.remove({ volumeId: 'v1', backupId });
    }
  });
});

describe('cancelled', () => {
  it('a create goes on later; a restore is done again', async () => {
    using directory = testDirectory();
    const store = await openStore(mover, directory.file('repository'));
    const volume = directory.file('volume');
    const bytes = noise(60 * MIB);
    writeFileSync(volume, bytes);
    const abort = new AbortController();
    const run = store.create(backupOf(volume, 'b1'), {
      signal: abort.signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        expect(totalBytes).toBe(60 * MIB);
        if (doneBytes > 10 * MIB) abort.abort();
      },
    });
    expect(await rejection(run)).toMatchObject({ code: 'CANCELLED' });
    expect(await rejection(store.describe({ volumeId: 'v1', backupId: 'b1' }))).toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    await store.create(backupOf(volume, 'b1'));
    writeDirty(volume, 60 * MIB, 0);
    const again = new AbortController();
    const restore = store.restore(
      { volumeId: 'v1', backupId: 'b1', destination: endpoint(volume) },
      { signal: again.signal, onProgress: () => again.abort() },
    );
    expect(await rejection(restore)).toMatchObject({ code: 'CANCELLED' });
    expect((await restored(store, volume, 'b1')).equals(bytes)).toBe(true);
    expect(await store.verify({})).toMatchObject({ problems: [], unreferenced: [] });
  });
});

describe.skipIf(noMounts !== undefined)('a directory on a filesystem that', () => {
  it('is full says so, and takes the rest of the backup when there is room', async () => {
    using directory = testDirectory();
    const root = directory.file('mounted');
    mkdirSync(root);
    mount(root, 'size=10m');
    try {
      const store = await openStore(mover, root);
      const bytes = noise(30 * MIB);
      writeFileSync(directory.file('volume'), bytes);
      const request = backupOf(directory.file('volume'), 'b1');
      expect(await rejection(store.create(request))).toMatchObject({ code: 'REPOSITORY_FULL' });
      expect(await store.verify({})).toMatchObject({ backups: 0, problems: [] });
      execFileSync('mount', ['-o', 'remount,size=100m', root]);
      await store.create(request);
      expect(await store.verify({})).toMatchObject({ backups: 1, problems: [], unreferenced: [] });
      writeDirty(directory.file('volume'), bytes.length, 0);
      expect((await restored(store, directory.file('volume'), 'b1')).equals(bytes)).toBe(true);
    } finally {
      execFileSync('umount', [root]);
    }
  });

  it('may only be read refuses a backup, and restores', async () => {
    using directory = testDirectory();
    const root = directory.file('mounted');
    mkdirSync(root);
    mount(root, 'size=10m');
    try {
      const store = await openStore(mover, root);
      writeFileSync(directory.file('volume'), noise(BLOCK));
      await store.create(backupOf(directory.file('volume'), 'b1'));
      execFileSync('mount', ['-o', 'remount,ro', root]);
      expect(await rejection(store.create(backupOf(directory.file('volume'), 'b2')))).toMatchObject({
        code: 'REPOSITORY_REFUSED',
      });
    } finally {
      execFileSync('umount', [root]);
    }
  });

  it('is not mounted any more is not taken for an empty repository', async () => {
    using directory = testDirectory();
    const root = directory.file('mounted');
    mkdirSync(root);
    mount(root, 'size=10m');
    let id: string | null = null;
    let store: BackupStore;
    try {
      store = await openStore(mover, root);
      id = store.repositoryId;
      writeFileSync(directory.file('volume'), noise(BLOCK));
      await store.create(backupOf(directory.file('volume'), 'b1'));
    } finally {
      execFileSync('umount', [root]);
    }
    const gone = { code: 'REPOSITORY_UNAVAILABLE' };
    expect(await rejection(store.verify({}))).toMatchObject(gone);
    expect(await rejection(store.create(backupOf(directory.file('volume'), 'b2')))).toMatchObject(gone);
    expect(await rejection(openStore(mover, root, { repositoryId: id }))).toMatchObject(gone);
    expect(filesBelow(root)).toEqual([]);
  });
});
