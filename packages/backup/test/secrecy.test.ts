import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadBackupKey } from '../src/index.ts';
import {
  BLOCK,
  backupOf,
  endpoint,
  filesBelow,
  noise,
  openStore,
  rejection,
  testDirectory,
  testMover,
} from './harness.ts';

const CANARY = 'a canary that nobody may hear outside';

describe('with a key', () => {
  it('nothing of a volume is in the repository: no bytes, no names, no hash that could be guessed', async () => {
    await using mover = testMover();
    for (const key of [null, Buffer.from(randomBytes(32))]) {
      using directory = testDirectory();
      const repository = directory.file('repository');
      const store = await openStore(mover, repository, { key });
      // One block that does not shrink, one that does, one of a content that somebody may guess.
      const guessed = Buffer.alloc(BLOCK, 'guessed');
      const plain = noise(BLOCK, 3);
      plain.write(CANARY, 1000);
      writeFileSync(
        directory.file('volume'),
        Buffer.concat([
          plain,
          Buffer.concat([Buffer.from(CANARY), noise(500), Buffer.alloc(BLOCK)], BLOCK),
          guessed,
        ]),
      );
      await store.create({ ...backupOf(directory.file('volume'), 'b1'), metadata: { name: CANARY } });
      const files = filesBelow(repository).map((name) => readFileSync(join(repository, name)));
      const holds = (bytes: Uint8Array): boolean => files.some((file) => file.includes(Buffer.from(bytes)));
      const hash = createHash('sha256').update(guessed).digest();
      // The repository without a key shows that this test would see it.
      expect([holds(Buffer.from(CANARY)), holds(hash)]).toEqual([key === null, key === null]);
      if (key !== null) expect(holds(key)).toBe(false);
      expect(await store.describe({ volumeId: 'v1', backupId: 'b1' })).toMatchObject({
        encrypted: key !== null,
        metadata: { name: CANARY },
      });
      expect(await store.verify({})).toMatchObject({ problems: [] });
      await store.restore({
        volumeId: 'v1',
        backupId: 'b1',
        destination: endpoint(directory.file('volume')),
      });
    }
  });
});

describe('a key file', () => {
  const key = Buffer.from(noise(32, 9));
  it.each([
    ['as it is', key],
    ['in hexadecimal', `${key.toString('hex')}\n`],
    ['in base64', `${key.toString('base64')}\n`],
    ['in base64 without padding', key.toString('base64').replace('=', '')],
  ])('is read: %s', async (_how, text) => {
    using directory = testDirectory();
    writeFileSync(directory.file('key'), text, { mode: 0o600 });
    expect(key.equals(await loadBackupKey(directory.file('key')))).toBe(true);
    chmodSync(directory.file('key'), 0o400);
    expect(key.equals(await loadBackupKey(directory.file('key')))).toBe(true);
  });

  it.each([
    ['others can read it', 0o640, key],
    ['it is too short', 0o600, key.subarray(1)],
    ['it is empty', 0o600, ''],
    ['it is long', 0o600, Buffer.alloc(5000)],
    ['it is some text', 0o600, 'a secret that is no key at all, but is 64 characters long, see? '],
  ])('is refused, and not shown: %s', async (_why, mode, text) => {
    using directory = testDirectory();
    writeFileSync(directory.file('key'), text);
    chmodSync(directory.file('key'), mode);
    const error = await rejection(loadBackupKey(directory.file('key')));
    expect(error).toMatchObject({ code: 'WRONG_KEY' });
    expect(inspect(error)).not.toContain(key.toString('hex').slice(0, 16));
  });

  it('is refused when it is no file, or not there', async () => {
    using directory = testDirectory();
    mkdirSync(directory.file('directory'));
    expect(await rejection(loadBackupKey(directory.file('directory')))).toMatchObject({ code: 'WRONG_KEY' });
    expect(await rejection(loadBackupKey(directory.file('absent')))).toMatchObject({ code: 'WRONG_KEY' });
  });
});
