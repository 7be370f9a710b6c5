import { setTimeout as delay } from 'node:timers/promises';
import { ProcessExecutionError } from './errors.ts';
import { DEFAULT_TRIES, type RetryPolicy } from './options.ts';

/**
 * Runs `attempt` until it succeeds or its error is final, exactly as contract.md §4.2 says: only exit-code errors are
 * retried, the wait before attempt n+1 is n² seconds, and a `noRetry` substring in stderr (case-sensitive) ends it at once.
 *
 * @param stderrOf stderr as the program wrote it; the one in the error is masked already
 */
export async function withRetry<T>(
  policy: RetryPolicy | undefined,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
  stderrOf: (error: ProcessExecutionError) => string,
): Promise<T> {
  const tries = policy === undefined ? 1 : (policy.tries ?? DEFAULT_TRIES);
  const noRetry = policy?.noRetry ?? [];
  const sleep = policy?.sleep ?? wait;
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ProcessExecutionError)) throw error;
      const stderr = stderrOf(error);
      if (count >= tries || noRetry.some((text) => stderr.includes(text))) throw error;
      await sleep(count * count * 1000, signal);
    }
  }
}

async function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
}
