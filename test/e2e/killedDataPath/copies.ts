import { expect } from 'vitest';
import { difference, rewrite } from './pattern.ts';
import { GIB, MIB, type Round, type Yard } from './yard.ts';

/** Clones of a volume, whose bytes are other ones in other places each time, into space that is full of something else. */
export async function copies(yard: Yard): Promise<() => Promise<Round>> {
  const source = (await yard.service.client.createVolume({ size: 1, name: 'source' })).id;
  return async () => {
    const name = yard.name('clone');
    const pattern = [
      ...yard.patterns.pieces(5, 32 * MIB, 0, GIB),
      // The very last bytes, too.
      ...yard.patterns.pieces(1, 77_777, GIB - 77_778, GIB),
    ];
    await rewrite(yard.file(source), pattern);
    return {
      begin: () =>
        yard.service.client.call('POST', '/volumes', {
          volume: { name, size: 1, source_volid: source },
        }),
      async check(asked) {
        expect(await difference(yard.file(source), pattern, GIB)).toBeNull();
        expect((await yard.find('volume', source))?.status).toBe('available');
        const clone = await yard.made('volume', name, asked);
        if (clone === undefined) return 'never asked for';
        if (clone.status === 'available')
          expect(await difference(yard.file(clone.id), pattern, GIB)).toBeNull();
        else yard.reason('volume', clone.id);
        // What is not wiped of it, the next one finds in its space.
        await yard.erase(clone.id);
        return clone.status;
      },
    };
  };
}
