import { operations } from '@scoria/core/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOfOwned } from '../src/server/pageOfOwned.ts';

interface Owned {
  kind: 'volume';
  name: string;
  reference: string;
  detail: Record<string, string>;
}

const owned = (name: string, weight = 0): Owned => ({
  kind: 'volume',
  name,
  reference: 'x'.repeat(weight),
  detail: {},
});

const page = (objects: Owned[], after?: string) =>
  operations.listOwned.result.parse(pageOfOwned({ objects }, after === undefined ? {} : { after }));

/** Follows the pages; between two of them the driver's possessions may change. */
function follow(objects: Owned[], between: (turn: number) => Owned[] = () => objects): string[][] {
  const pages: string[][] = [];
  let current = objects;
  let after: string | undefined;
  do {
    const { objects: some, next } = page(current, after);
    pages.push(some.map(({ name }) => name ?? ''));
    after = next;
    current = between(pages.length);
  } while (after !== undefined);
  return pages;
}

describe('pages of listOwned', () => {
  it('leaves what fits as it is, in its order', () => {
    const objects = [owned('b'), owned('a')];
    expect(page(objects)).toEqual({ objects });
  });

  it('cuts what does not fit, and loses and repeats nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 300_000 }), { maxLength: 12 }), (weights) => {
        const objects = weights.map((weight, index) => owned(`volume-${index}`, weight));
        const pages = follow(objects);
        expect(pages.flat().sort()).toEqual(objects.map(({ name }) => name).sort());
        for (const one of pages.slice(0, -1)) expect(one.length).toBeGreaterThan(0);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps each page far below a line, unless one object alone is as large', () => {
    const objects = Array.from({ length: 6_000 }, (_, index) => owned(`volume-${index}`, 200));
    let after: string | undefined;
    do {
      const { objects: some, next } = page(objects, after);
      expect(JSON.stringify(some).length).toBeLessThan(600 * 1024);
      after = next;
    } while (after !== undefined);
  });

  it('goes on where it was when something came or went meanwhile', () => {
    const objects = Array.from({ length: 5 }, (_, index) => owned(`volume-${index}`, 200_000));
    const changed = [
      ...objects.filter(({ name }) => name !== 'volume-1' && name !== 'volume-3'),
      owned('volume-9'),
    ];
    const pages = follow(objects, () => changed);
    expect(pages.flat().sort()).toEqual(['volume-0', 'volume-1', 'volume-2', 'volume-4', 'volume-9']);
  });

  it('leaves the pages of a driver that makes its own', () => {
    const answer = { objects: [owned('a')], next: 'its own mark' };
    expect(pageOfOwned(answer, { after: 'whatever' })).toBe(answer);
  });
});
