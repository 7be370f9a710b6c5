import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderOf } from '../src/data/orderOf.ts';

const contenders = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

test('everybody takes part in every round, once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12 }), fc.nat(20), (count, round) => {
      expect(orderOf(contenders(count), round).sort((a, b) => a - b)).toEqual(contenders(count));
    }),
  );
});

test('of seven, nobody begins twice or comes after the same one twice in five rounds', () => {
  const rounds = contenders(5).map((round) => orderOf(contenders(7), round));
  expect(new Set(rounds.map(([first]) => first)).size).toBe(5);
  const pairs = rounds.flatMap((order) =>
    order.slice(1).map((each, index) => `${order[index]} before ${each}`),
  );
  expect(new Set(pairs).size).toBe(pairs.length);
});
