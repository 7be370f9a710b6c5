import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurn } from '../src/inTurn.ts';

test.each([
  { most: 1, atOnce: 1 },
  { most: 2, atOnce: 2 },
  { most: 9, atOnce: 4 },
])('of four pieces of work, $atOnce are done at once where $most may be', async ({ most, atOnce }) => {
  let running = 0;
  let seen = 0;
  const results = await inTurn(['a', 'b', 'c', 'd'], most, async (item) => {
    running += 1;
    seen = Math.max(seen, running);
    await delay(5);
    running -= 1;
    return item.toUpperCase();
  });
  expect(results).toEqual(['A', 'B', 'C', 'D']);
  expect(seen).toBe(atOnce);
});

test('an error of one is the error of all', async () => {
  const failing = inTurn([1, 2], 1, async (item) => {
    if (item === 2) throw new Error('the second');
  });
  await expect(failing).rejects.toThrow('the second');
});
