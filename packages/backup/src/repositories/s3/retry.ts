import { setTimeout as sleep } from 'node:timers/promises';

/** When to stop repeating. */
export interface RetryLimits {
  readonly attempts: number;
  /** In ms after the first failure. */
  readonly totalMs: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Repeats `attempt` while its error is `repeatable`, with growing pauses of random length, so that many clients of a server that was
 * away do not come back at the same moment. Throws the last error.
 */
export async function repeating<Result>(
  attempt: (number: number) => Promise<Result>,
  repeatable: (error: unknown) => boolean,
  limits: RetryLimits,
  signal: AbortSignal | undefined,
): Promise<Result> {
  let end = Number.POSITIVE_INFINITY;
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      if (number === 1) end = performance.now() + limits.totalMs;
      if (signal?.aborted || number >= limits.attempts || !repeatable(error)) throw error;
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (number - 1));
      const pause = longest * (0.5 + Math.random() / 2);
      if (performance.now() + pause > end) throw error;
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
}
