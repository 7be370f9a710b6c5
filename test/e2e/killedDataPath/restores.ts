import type { Json } from '@scoria-test/support';
import { expect } from 'vitest';
import type { Good } from './backups.ts';
import { difference, type Pattern, rewrite } from './pattern.ts';
import { type Asked, GIB, MIB, type Round, type Yard } from './yard.ts';

/** Restores of one of the good backups: to a new volume, or over a volume that is full of something else. */
export async function restores(yard: Yard, good: readonly Good[]): Promise<() => Promise<Round>> {
  const target = (await yard.service.client.createVolume({ size: 1, name: 'target' })).id;
  let count = 0;
  return async () => {
    const { id, pattern } = yard.random.pick(good);
    count += 1;
    return count % 2 === 0 ? toNew(yard, id, pattern) : onto(yard, id, pattern, target);
  };
}

function toNew(yard: Yard, id: string, pattern: Pattern): Round {
  const name = yard.name('restored');
  return {
    begin: () => yard.service.client.call('POST', `/backups/${id}/restore`, { restore: { name } }),
    async check(asked) {
      expect((await yard.find('backup', id))?.status).toBe('available');
      const restored = await yard.made('volume', name, volumeOf(asked));
      if (restored === undefined) return 'never asked for';
      await checkRestored(yard, restored, pattern);
      await yard.erase(restored.id);
      return restored.status;
    },
  };
}

async function onto(yard: Yard, id: string, pattern: Pattern, target: string): Promise<Round> {
  const before = yard.patterns.pieces(6, 24 * MIB, 0, GIB);
  await rewrite(yard.file(target), before);
  return {
    begin: () =>
      yard.service.client.call('POST', `/backups/${id}/restore`, { restore: { volume_id: target } }),
    async check(asked) {
      expect((await yard.find('backup', id))?.status).toBe('available');
      const restored = await yard.find('volume', target);
      const untouched = (await difference(yard.file(target), before, GIB)) === null;
      if (untouched) {
        expect(asked, 'accepted, and yet nothing was written').toBe('lost');
        expect(restored.status).toBe('available');
        return 'never asked for';
      }
      await checkRestored(yard, restored, pattern);
      return restored.status;
    },
  };
}

async function checkRestored(yard: Yard, { id, status }: Json, pattern: Pattern): Promise<void> {
  if (status === 'available') expect(await difference(yard.file(id), pattern, GIB)).toBeNull();
  else {
    expect(status).toMatch(/^error/);
    yard.reason('volume', id);
  }
}

function volumeOf(asked: Asked): Asked {
  if (asked === 'lost' || asked.status !== 202) return asked;
  return { ...asked, body: { volume: { id: asked.body.restore.volume_id } } };
}
