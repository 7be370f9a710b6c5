import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataMover } from '@scoria/data-mover';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackupError, type BackupStore } from '../src/index.ts';
import {
  BLOCK,
  backupOf,
  content,
  endpoint,
  filesBelow,
  noise,
  openStore,
  rejection,
  type TestDirectory,
  testDirectory,
  testMover,
  writeDirty,
  writeVolume,
} from './harness.ts';

const SIZE = 30 * BLOCK + 77;
const MANIFEST = 'volumes/v1/manifests/b2';
let mover: DataMover & AsyncDisposable;
beforeAll(() => {
  mover = testMover();
});
afterAll(async () => {
  await mover[Symbol.asyncDispose]();
});

/** A repository with a chain of two backups, and a backup of another volume. */
interface Scene extends Disposable {
  readonly directory: TestDirectory;
  readonly store: BackupStore;
  readonly repository: string;
  readonly key: Uint8Array | null;
  readonly contents: ReadonlyMap<string, Buffer>;
  /** Path of the only file whose name begins so and that `b2` needs. */
  object(prefix: string): string;
}

async function scene(encrypted: boolean): Promise<Scene> {
  const directory = testDirectory();
  const repository = directory.file('repository');
  const key = encrypted ? randomBytes(32) : null;
  const store = await openStore(mover, repository, { key });
  const volume = directory.file('volume');
  const first = noise(SIZE, 1);
  const second = Buffer.from(first);
  noise(5 * BLOCK, 2).copy(second, 3 * BLOCK);
  second.fill(0, 10 * BLOCK, 12 * BLOCK);
  writeVolume(volume, first);
  await store.create(backupOf(volume, 'b1'));
  await store.create({ ...backupOf(volume, 'b1'), volumeId: 'v2' });
  writeVolume(volume, second);
  await store.create(backupOf(volume, 'b2', 'b1'));
  return {
    directory,
    store,
    repository,
    key,
    contents: new Map([
      ['b1', first],
      ['b2', second],
    ]),
    object: (prefix) => {
      const found = filesBelow(repository).find((name) => name.startsWith(prefix));
      if (found === undefined) throw new Error(`there is no ${prefix}`);
      return join(repository, found);
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const position = Math.floor(at * bytes.length);
  bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << (Math.floor(at * 1e6) % 8)), position);
  writeFileSync(path, bytes);
}

function swap(one: string, other: string): void {
  renameSync(one, `${one}.swap`);
  renameSync(other, one);
  renameSync(`${one}.swap`, other);
}

/** A manifest of another version that is whole otherwise. */
function rewriteVersion(path: string, version: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(version, 9);
  const end = 16 + bytes.readUInt32LE(12);
  createHash('sha256').update(bytes.subarray(0, end)).digest().copy(bytes, end);
  writeFileSync(path, bytes);
}

interface Case {
  readonly what: string;
  readonly code: string;
  readonly object: RegExp;
  /** Whether it is found before the first byte is written. */
  readonly before: boolean;
  readonly spoil: (scene: Scene) => void;
}

const cases: readonly Case[] = [
  ...[0.1, 0.33, 0.5, 0.9].map((at) => ({
    what: `a flipped bit in a pack, at ${at}`,
    code: 'CORRUPT',
    object: /^volumes\/v1\/packs\/b2\//,
    before: false,
    spoil: ({ object }: Scene) => flip(object('volumes/v1/packs/b2/'), at),
  })),
  ...[0.01, 0.3, 0.6, 0.99].map((at) => ({
    what: `a flipped bit in an index segment, at ${at}`,
    code: at > 0.9 ? 'MANIFEST_FORGED' : 'CORRUPT',
    object: /^volumes\/v1\/index\/b2\//,
    before: true,
    spoil: ({ object }: Scene) => flip(object('volumes/v1/index/b2/'), at),
  })),
  ...[0.01, 0.4, 0.999].map((at) => ({
    what: `a flipped bit in a manifest, at ${at}`,
    code: at > 0.9 ? 'MANIFEST_FORGED' : 'CORRUPT',
    object: /^volumes\/v1\/manifests\/b2$/,
    before: true,
    spoil: ({ object }: Scene) => flip(object(MANIFEST), at),
  })),
  {
    what: 'a missing pack',
    code: 'OBJECT_MISSING',
    object: /^volumes\/v1\/packs\/b1\//,
    before: true,
    spoil: ({ object }) => rmSync(object('volumes/v1/packs/b1/')),
  },
  {
    what: 'a missing index segment',
    code: 'OBJECT_MISSING',
    object: /^volumes\/v1\/index\/b2\//,
    before: true,
    spoil: ({ object }) => rmSync(object('volumes/v1/index/b2/')),
  },
  ...['packs/b2/', 'index/b2/', 'manifests/b2'].map((what) => ({
    what: `${what} cut by one byte`,
    code: 'CORRUPT',
    object: new RegExp(`^volumes/v1/${what}`),
    before: true,
    spoil: ({ object }: Scene) => {
      const path = object(`volumes/v1/${what}`);
      truncateSync(path, readFileSync(path).length - 1);
    },
  })),
  {
    what: 'an empty manifest',
    code: 'CORRUPT',
    object: /^volumes\/v1\/manifests\/b2$/,
    before: true,
    spoil: ({ object }) => truncateSync(object(MANIFEST), 0),
  },
  {
    what: 'the manifest of another backup of the volume',
    code: 'MANIFEST_FORGED',
    object: /^volumes\/v1\/manifests\/b2$/,
    before: true,
    spoil: ({ object }) => swap(object(MANIFEST), object('volumes/v1/manifests/b1')),
  },
  {
    what: 'the manifest of another volume',
    code: 'MANIFEST_FORGED',
    object: /^volumes\/v1\/manifests\/b2$/,
    before: true,
    spoil: ({ object }) => swap(object(MANIFEST), object('volumes/v2/manifests/b1')),
  },
  {
    what: 'the index segment of another backup',
    code: 'MANIFEST_FORGED',
    object: /^volumes\/v1\/index\/b2\//,
    before: true,
    spoil: ({ object }) => swap(object('volumes/v1/index/b2/'), object('volumes/v1/index/b1/')),
  },
  {
    what: 'a pack of another volume under the name of this one',
    code: 'CORRUPT',
    object: /^volumes\/v1\/packs\/b2\//,
    before: false,
    spoil: ({ object }) => {
      const path = object('volumes/v1/packs/b2/');
      const { length } = readFileSync(path);
      const other = Buffer.alloc(length);
      readFileSync(object('volumes/v2/packs/b1/')).copy(other);
      writeFileSync(path, other);
    },
  },
  {
    what: 'a manifest of a newer format',
    code: 'FORMAT_UNKNOWN',
    object: /^volumes\/v1\/manifests\/b2$/,
    before: true,
    spoil: ({ object }) => rewriteVersion(object(MANIFEST), 2),
  },
  {
    what: 'an index segment of an older format',
    code: 'FORMAT_UNKNOWN',
    object: /^volumes\/v1\/index\/b2\//,
    before: true,
    spoil: ({ object }) => rewriteVersion(object('volumes/v1/index/b2/'), 0),
  },
];

describe.each([{ encrypted: false }, { encrypted: true }])(
  'a repository, encrypted: $encrypted, with',
  ({ encrypted }) => {
    it.each(cases)('$what: $code', async ({ code, object, before, spoil }) => {
      using spoilt = await scene(encrypted);
      spoil(spoilt);
      const path = spoilt.directory.file('destination');
      const old = writeDirty(path, SIZE, 9);
      const error = await rejection(
        spoilt.store.restore({ volumeId: 'v1', backupId: 'b2', destination: endpoint(path) }),
      );
      expect(error).toBeInstanceOf(BackupError);
      expect(error).toMatchObject({ code, object: expect.stringMatching(object) });
      if (before) expect(content(path).equals(old)).toBe(true);
      const { problems } = await spoilt.store.verify({ volumeId: 'v1' });
      expect(problems).toContainEqual(
        expect.objectContaining({
          code,
          object: expect.stringMatching(object),
          backupIds: expect.arrayContaining(['b2']),
        }),
      );
    });

    it('a bit flipped anywhere: no restore is wrong and called good, and verify finds what a restore finds', {
      timeout: 60_000,
    }, async () => {
      using spoilt = await scene(encrypted);
      const names = filesBelow(spoilt.repository).filter((name) => name.startsWith('volumes/v1/'));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...names),
          fc.double({ min: 0, max: 0.999999, noNaN: true }),
          async (name, at) => {
            const path = join(spoilt.repository, name);
            flip(path, at);
            const broken: string[] = [];
            for (const [backupId, expected] of spoilt.contents) {
              const destination = spoilt.directory.file('destination');
              writeDirty(destination, SIZE, 0);
              try {
                await spoilt.store.restore({ volumeId: 'v1', backupId, destination: endpoint(destination) });
                expect(content(destination).equals(expected)).toBe(true);
              } catch (error) {
                expect(error).toMatchObject({ name: 'BackupError', object: name });
                broken.push(backupId);
              }
            }
            const { problems } = await spoilt.store.verify({ volumeId: 'v1' });
            expect([...new Set(problems.flatMap(({ backupIds }) => backupIds))].sort()).toEqual(broken);
            flip(path, at);
          },
        ),
        { numRuns: 20 },
      );
    });
  },
);

describe('a repository object', () => {
  it.each([
    ['of a newer version', '"version": 1', '"version": 2', 'FORMAT_UNKNOWN'],
    ['of an older version', '"version": 1', '"version": 0', 'FORMAT_UNKNOWN'],
    ['of something else', '"scoria-backup"', '"restic"', 'CORRUPT'],
    ['without its secret', '"signingSecret"', '"other"', 'CORRUPT'],
    ['that is no JSON', '{', '', 'CORRUPT'],
  ])('%s', async (_what, from, to, code) => {
    using spoilt = await scene(false);
    const path = join(spoilt.repository, 'scoria-backup.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    const failure = { code, object: 'scoria-backup.json' };
    expect(await rejection(openStore(mover, spoilt.repository))).toMatchObject(failure);
    // Also where it was opened before.
    expect(await rejection(spoilt.store.verify({}))).toMatchObject(failure);
  });

  it('that is gone is not made again over backups', async () => {
    using spoilt = await scene(false);
    rmSync(join(spoilt.repository, 'scoria-backup.json'));
    expect(await rejection(openStore(mover, spoilt.repository))).toMatchObject({
      code: 'OBJECT_MISSING',
      object: 'scoria-backup.json',
    });
  });

  it('of another repository: its signatures are not this one', async () => {
    using spoilt = await scene(false);
    using other = await scene(false);
    writeFileSync(spoilt.object(MANIFEST), readFileSync(other.object(MANIFEST)));
    expect(await rejection(spoilt.store.describe({ volumeId: 'v1', backupId: 'b2' }))).toMatchObject({
      code: 'MANIFEST_FORGED',
      object: MANIFEST,
    });
  });
});

describe('a key', () => {
  it.each([
    ['that is another', true, randomBytes(32)],
    ['that is absent', true, null],
    ['for a repository that is not encrypted', false, randomBytes(32)],
  ])('%s', async (_what, encrypted, key) => {
    using spoilt = await scene(encrypted);
    expect(await rejection(openStore(mover, spoilt.repository, { key }))).toMatchObject({
      code: 'WRONG_KEY',
    });
  });
});
