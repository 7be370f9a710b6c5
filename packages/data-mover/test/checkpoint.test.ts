import { expect, test } from 'vitest';
import { pauseAfter } from '../src/checkpoint.ts';

test.each([
  { flush: 'at once', flushMs: 0, pauseMs: 1_000 },
  { flush: 'in a moment', flushMs: 50, pauseMs: 1_000 },
  { flush: 'slowly', flushMs: 400, pauseMs: 8_000 },
  { flush: 'very slowly', flushMs: 60_000, pauseMs: 30_000 },
])('a disk that flushes $flush is asked again after $pauseMs ms', ({ flushMs, pauseMs }) => {
  expect(pauseAfter(flushMs)).toBe(pauseMs);
});
