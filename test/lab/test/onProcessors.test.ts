import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onProcessors } from '../src/onProcessors.ts';

test.each([
  { processors: [3], needs: [1, 1, 1], atOnce: 1 },
  { processors: [0, 1], needs: [1, 1, 1], atOnce: 2 },
  { processors: [0, 1], needs: [2, 1, 1], atOnce: 2 },
  { processors: [0, 1, 4, 5], needs: [2, 1, 1], atOnce: 3 },
  { processors: [0, 1], needs: [8, 8], atOnce: 1 },
])(
  'work that needs $needs of the processors $processors: $atOnce at once, and none shares one',
  async ({ processors, needs, atOnce }) => {
    const taken = new Set<number>();
    let [running, seen] = [0, 0];
    const results = await onProcessors(
      needs,
      processors,
      (need) => need,
      async (need, own) => {
        expect(own).toHaveLength(Math.min(need, processors.length));
        for (const each of own) {
          expect(processors).toContain(each);
          expect(taken).not.toContain(each);
          taken.add(each);
        }
        running += 1;
        seen = Math.max(seen, running);
        await delay(5);
        running -= 1;
        for (const each of own) taken.delete(each);
        return need * 10;
      },
    );
    expect(results).toEqual(needs.map((need) => need * 10));
    expect(seen).toBe(atOnce);
  },
);

test.each([
  { processors: [0], items: [1, 2] },
  { processors: [0, 1], items: [1, 2, 3] },
])('an error of one of $items on $processors is the error of all', async ({ processors, items }) => {
  const failing = onProcessors(
    items,
    processors,
    () => 1,
    async (item) => {
      if (item === 2) throw new Error('the second');
    },
  );
  await expect(failing).rejects.toThrow('the second');
});
