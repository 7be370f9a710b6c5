import { expect } from 'vitest';
import { difference, type Pattern, rewrite, write } from './pattern.ts';
import { GIB, MIB, type Round, type Yard } from './yard.ts';

/** A backup that is said to be good, and what was in the volume. */
export interface Good {
  readonly id: string;
  readonly pattern: Pattern;
}

/** Backups of a volume that changes between them: a full one, then incremental ones. Those that are good are added to `good`. */
export async function backups(yard: Yard, good: Good[]): Promise<() => Promise<Round>> {
  const source = (await yard.service.client.createVolume({ size: 1, name: 'backed up' })).id;
  let pattern: Pattern = [];
  let count = 0;
  return async () => {
    const name = yard.name('backup');
    const incremental = good.length > 0 && count % 3 !== 0;
    count += 1;
    if (incremental) {
      const change = yard.patterns.pieces(4, 20 * MIB, 0, GIB);
      await write(yard.file(source), change);
      pattern = [...pattern, ...change];
    } else {
      pattern = yard.patterns.pieces(6, 32 * MIB, 0, GIB);
      await rewrite(yard.file(source), pattern);
    }
    const content = pattern;
    return {
      begin: () =>
        yard.service.client.call('POST', '/backups', {
          backup: { name, volume_id: source, incremental },
        }),
      async check(asked) {
        expect((await yard.find('volume', source))?.status).toBe('available');
        expect(await difference(yard.file(source), content, GIB)).toBeNull();
        const backup = await yard.made('backup', name, asked);
        if (backup === undefined) return 'never asked for';
        if (backup.status === 'available') good.push({ id: backup.id, pattern: content });
        else {
          yard.reason('backup', backup.id);
          const restore = await yard.service.client.call('POST', `/backups/${backup.id}/restore`, {
            restore: {},
          });
          expect(restore.status).toBe(400);
        }
        return backup.status;
      },
    };
  };
}
