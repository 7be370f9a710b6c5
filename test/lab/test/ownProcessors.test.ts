import { expect, test } from 'vitest';
import { ownProcessors, processorsOf } from '../src/ownProcessors.ts';

test.each([
  ['0', [0]],
  ['0-3', [0, 1, 2, 3]],
  ['1,4-5,8', [1, 4, 5, 8]],
])('the list %s means the processors %j', (list, processors) => {
  expect(processorsOf(list)).toEqual(processors);
});

test('this process has a processor', () => {
  expect(ownProcessors().length).toBeGreaterThan(0);
});
