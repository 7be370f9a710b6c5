import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  digestOf,
  listQuery,
  MIB,
  makeBackup,
  randomText,
  restoreRequest,
  startBackups,
  writeAt,
  writtenVolume,
} from '../fixtures/backups.ts';
import { makeVolume, user } from '../fixtures/lifecycle.ts';

const SIZE = 4 * MIB;
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('write' as const), at: fc.nat(SIZE - 1), seed: fc.nat(999) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), at: fc.nat(SIZE - 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('backup' as const), over: fc.option(fc.nat(9), { nil: null }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore' as const), which: fc.nat(9) }) },
);

test('whatever is written, backed up over whatever, deleted and restored: a backup gives back its own moment', {
  timeout: 120_000,
}, async () => {
  const life = await startBackups();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async (steps) => {
      const volume = await writtenVolume(life, 4);
      // Full of something else than zeros before each restore: what is skipped would show.
      const target = await makeVolume(life, { size: volume.size });
      const file = life.fileOf(volume);
      /** The model: what the volume was at the time of each backup that is there. */
      const model = new Map<string, string>();
      const pick = (index: number): string | undefined => [...model.keys()][index % Math.max(1, model.size)];
      for (const each of steps) {
        if (each.do === 'write')
          writeAt(file, each.at, randomText(each.seed, Math.min(200_000, SIZE - each.at)));
        else if (each.do === 'clear') writeAt(file, each.at, Buffer.alloc(Math.min(300_000, SIZE - each.at)));
        else if (each.do === 'backup') {
          const parentId = each.over === null ? null : (pick(each.over) ?? null);
          const made = await makeBackup(life, volume.id, { parentId });
          expect(made).toMatchObject({ status: 'available', parentId, failure: null });
          model.set(made.id, digestOf(file));
        } else {
          const id = pick(each.which);
          if (id === undefined) continue;
          if (each.do === 'delete') {
            await life.services.backups.delete(user, id, { force: false });
            await life.idle();
            model.delete(id);
            continue;
          }
          writeAt(life.fileOf(target), 0, Buffer.alloc(SIZE, 0xaa));
          await life.services.backups.restore(user, id, restoreRequest(target.id));
          await life.idle();
          expect(await life.services.volumes.get(user, target.id)).toMatchObject({ status: 'available' });
          expect(digestOf(life.fileOf(target))).toBe(model.get(id));
        }
      }
      const left = (
        await life.services.backups.list(user, { ...listQuery(), filters: { volume_id: volume.id } })
      ).items;
      expect(left.map(({ id }) => id).sort()).toEqual([...model.keys()].sort());
      expect(await life.deps.backups?.verify({ volumeId: volume.id })).toMatchObject({ problems: [] });
    }),
    { numRuns: 6, endOnFailure: true },
  );
});
