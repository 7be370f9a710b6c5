import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  BackupError,
  type BackupRepository,
  backupRepositoryOptionsSchema,
  createBackupRepository,
} from '../src/index.ts';
import {
  BLOCK,
  backupOf,
  content,
  endpoint,
  noise,
  openStore,
  rejection,
  testDirectory,
  testMover,
  writeDirty,
} from './harness.ts';

/** Before either begins, in ms: the backup takes longer, so that the removal comes in its midst. */
const delays = fc.nat(60);
const SIZE = 200 * BLOCK + 5;

it('a backup and the removal of its parent, at once and by two stores: it is whole, or refused', {
  timeout: 60_000,
}, async () => {
  await using mover = testMover();
  const outcomes = { whole: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(delays, delays, async (first, second) => {
      using directory = testDirectory();
      const maker = await openStore(mover, directory.file('repository'));
      const remover = await openStore(mover, directory.file('repository'));
      const volume = directory.file('volume');
      writeFileSync(volume, noise(SIZE, 1));
      await maker.create(backupOf(volume, 'b1'));
      const bytes = Buffer.from(noise(SIZE, 1));
      noise(190 * BLOCK, 2).copy(bytes, 4 * BLOCK);
      writeFileSync(volume, bytes);
      const [made] = await Promise.allSettled([
        delay(first).then(() => maker.create(backupOf(volume, 'b2', 'b1'))),
        delay(second).then(() => remover.remove({ volumeId: 'v1', backupId: 'b1' })),
      ]);
      const report = await maker.verify({});
      expect(report.problems).toEqual([]);
      if (made.status === 'fulfilled') {
        outcomes.whole += 1;
        writeDirty(volume, SIZE, 0);
        await maker.restore({ volumeId: 'v1', backupId: 'b2', destination: endpoint(volume) });
        expect(content(volume).equals(bytes)).toBe(true);
      } else {
        outcomes.refused += 1;
        expect(made.reason).toBeInstanceOf(BackupError);
        expect(made.reason).toMatchObject({ code: 'PARENT_UNUSABLE' });
      }
      await maker.remove({ volumeId: 'v1', backupId: 'b2' });
      await maker.remove({ volumeId: 'v1', backupId: 'b1' });
      expect(await maker.verify({})).toMatchObject({ backups: 0, unreferenced: [] });
    }),
    {
      numRuns: 15,
      examples: [
        [0, 0],
        [0, 400],
        [400, 0],
      ],
    },
  );
  // Both orders have been seen.
  expect(outcomes.whole).toBeGreaterThan(0);
  expect(outcomes.refused).toBeGreaterThan(0);
});

/** A directory in which something happens just before one object is stored. */
function beforePut(path: string, object: string, happens: () => Promise<void>): BackupRepository {
  const repository = createBackupRepository(backupRepositoryOptionsSchema.parse({ type: 'directory', path }));
  return new Proxy(repository, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key !== 'put') return member.bind(target);
      return async (...args: Parameters<BackupRepository['put']>) => {
        if (args[0] === object) await happens();
        await target.put(...args);
      };
    },
  });
}

it('a backup that is removed at the moment of its manifest does not come to be without its packs', async () => {
  await using mover = testMover();
  using directory = testDirectory();
  const path = directory.file('repository');
  const remover = await openStore(mover, path);
  const maker = await openStore(mover, path, {
    repository: beforePut(path, 'volumes/v1/manifests/b1', () =>
      remover.remove({ volumeId: 'v1', backupId: 'b1' }),
    ),
  });
  const volume = directory.file('volume');
  writeFileSync(volume, noise(20 * BLOCK));
  expect(await rejection(maker.create(backupOf(volume, 'b1')))).toMatchObject({ code: 'BACKUP_NOT_FOUND' });
  expect(await remover.verify({})).toMatchObject({ backups: 0, problems: [], unreferenced: [] });
});
