import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { difference, write } from './pattern.ts';
import { GIB, MIB, type Round, type Yard } from './yard.ts';

const SIZE = 2 * GIB;
/** MiB that are written to, and wiped. */
export const WIPED_MIB = 32;
const wiped = [{ offset: 0, bytes: Buffer.alloc(WIPED_MIB * MIB) }];

/** Deletions of volumes whose space is used again by the next one. No other volume has their size. */
export async function wipes(yard: Yard): Promise<() => Promise<Round>> {
  let next: string = (await yard.service.client.createVolume({ size: 2, name: 'first' })).id;
  return async () => {
    const id = next;
    const inode = await inodeOf(yard.file(id));
    const pattern = yard.patterns.pieces(1, WIPED_MIB * MIB - 1, 0, WIPED_MIB * MIB);
    await write(yard.file(id), pattern);
    return {
      begin: () => yard.service.client.call('DELETE', `/volumes/${id}`),
      async afterKill() {
        const slots = join(yard.directory, 'array', 'slots');
        for (const name of await readdir(slots)) {
          if ((await stat(join(slots, name))).size === SIZE)
            expect(await difference(join(slots, name), wiped, SIZE), 'space that is free').toBeNull();
        }
      },
      async check(asked) {
        const left = await yard.find('volume', id);
        if (left !== undefined) {
          expect(asked, `accepted, and yet ${left.status}`).toBe('lost');
          expect(left.status).toBe('available');
          expect(await difference(yard.file(id), pattern, SIZE)).toBeNull();
          await yard.erase(id);
        }
        next = (await yard.service.client.createVolume({ size: 2, name: yard.name('next') })).id;
        expect(await inodeOf(yard.file(next)), 'the space is used again').toBe(inode);
        expect(await difference(yard.file(next), wiped, SIZE)).toBeNull();
        return left === undefined ? 'gone' : 'never asked for';
      },
    };
  };
}

const inodeOf = async (path: string): Promise<bigint> => (await stat(path, { bigint: true })).ino;
