import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Checkpoint, pauseAfter } from '../src/checkpoint.ts';
import { TaskControl } from '../src/control.ts';
import { openEndpoint } from '../src/endpoint.ts';
import { here } from './filesystems.ts';

test.each([
  { flush: 'at once', flushMs: 0, pauseMs: 5_000 },
  { flush: 'in a moment', flushMs: 50, pauseMs: 5_000 },
  { flush: 'slowly', flushMs: 400, pauseMs: 8_000 },
  { flush: 'very slowly', flushMs: 60_000, pauseMs: 30_000 },
  {
    flush: 'at once, when it was asked not to be asked often,',
    flushMs: 0,
    everyMs: 60_000,
    pauseMs: 60_000,
  },
])('a disk that flushes $flush is asked again after $pauseMs ms', ({ flushMs, everyMs = 5_000, pauseMs }) => {
  expect(pauseAfter(flushMs, everyMs)).toBe(pauseMs);
});

test.each([
  { flush: 'ends while the task goes on', released: false, durableBytes: 4096 },
  { flush: 'outlives a task that failed', released: true, durableBytes: 0 },
])('of a flush that $flush, $durableBytes bytes count as durable', async ({ released, durableBytes }) => {
  const path = join(here.path, 'flushed');
  writeFileSync(path, Buffer.alloc(8192));
  const destination = openEndpoint('destination', path, undefined);
  const control = new TaskControl();
  const now = performance.now();
  const clock = vi.spyOn(performance, 'now').mockReturnValue(now);
  onTestFinished(() => clock.mockRestore());
  const uses: Promise<unknown>[] = [];
  const checkpoint = new Checkpoint(
    { ...destination, keepOpenFor: (use) => void uses.push(use) },
    control,
    0,
  );
  clock.mockReturnValue(now + 60_000);
  await checkpoint.tick(4096);
  if (released) checkpoint.release();
  else await checkpoint.end();
  await Promise.all(uses);
  destination.close();
  expect(uses).toHaveLength(released ? 1 : 0);
  expect(control.durableBytes).toBe(durableBytes);
});
