import { expect, test } from 'vitest';
import { becomesIdle } from '../../src/target/idle.ts';

const lun = { lld: 'iser', lun: 1 } as const;

/** Counters of a LUN that gets a command every ms until `busyMs` have passed, of which the last `inFlight` are not done. */
function busyFor(busyMs: number, inFlight = 0) {
  const start = performance.now();
  return {
    showCounters: async () => {
      const submitted = Math.floor(Math.min(performance.now() - start, busyMs));
      return { submitted, done: submitted - inFlight };
    },
  };
}

test.each([
  { lun: 'was idle all along', client: () => busyFor(0), forMs: 0, idle: true },
  { lun: 'is busy, and is looked at once', client: () => busyFor(60_000), forMs: 0, idle: false },
  { lun: 'is busy, and no time is wanted', client: () => busyFor(60_000), quietMs: 0, forMs: 0, idle: false },
  { lun: 'is busy for as long as it is waited for', client: () => busyFor(60_000), forMs: 200, idle: false },
  { lun: 'becomes idle soon', client: () => busyFor(100), forMs: 30_000, idle: true },
  { lun: 'has a command under way', client: () => busyFor(0, 1), forMs: 100, idle: false },
])('a LUN that $lun: idle is $idle', async ({ client, quietMs = 50, forMs, idle }) => {
  expect(await becomesIdle(client(), lun, 7, { quietMs, forMs })).toBe(idle);
});
