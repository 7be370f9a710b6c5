import { setTimeout as delay } from 'node:timers/promises';
import { ContractError } from '@scoria/core/contract';
import type { WaitOptions } from './model.ts';

/** What is left of a verb's time, as one signal for all that it waits for. */
export class Budget {
  /** Aborted by the caller or by the deadline. */
  readonly signal: AbortSignal;
  readonly #deadline: number;
  readonly #caller: AbortSignal | undefined;

  constructor(options: WaitOptions, defaultMs: number) {
    const milliseconds = options.deadlineMs ?? defaultMs;
    this.#deadline = performance.now() + milliseconds;
    this.#caller = options.signal;
    const timeout = AbortSignal.timeout(milliseconds);
    this.signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  }

  /** Milliseconds that are left, at least 1. */
  get remainingMs(): number {
    return Math.max(1, Math.ceil(this.#deadline - performance.now()));
  }

  /** The error that the signal stands for. */
  error(doing: string): ContractError {
    return this.#caller?.aborted === true
      ? new ContractError('CANCELLED', `Cancelled while ${doing}.`, { cause: this.#caller.reason })
      : new ContractError('DEADLINE_EXCEEDED', `The deadline passed while ${doing}.`);
  }

  /** @throws ContractError CANCELLED, DEADLINE_EXCEEDED when the time is over */
  check(doing: string): void {
    if (this.signal.aborted) throw this.error(doing);
  }

  /**
   * Asks `probe` until it answers other than null.
   *
   * @throws ContractError CANCELLED, DEADLINE_EXCEEDED
   */
  async until<T>(doing: string, probe: () => Promise<T | null>, everyMs = 10): Promise<T> {
    for (;;) {
      const answer = await probe();
      if (answer !== null) return answer;
      this.check(doing);
      await delay(everyMs);
    }
  }
}

/** Waits until `probe` is true, at most `milliseconds`. @returns whether it became true */
export async function becomesTrue(
  milliseconds: number,
  probe: () => Promise<boolean>,
  everyMs = 10,
): Promise<boolean> {
  const end = performance.now() + milliseconds;
  for (;;) {
    if (await probe()) return true;
    if (performance.now() >= end) return false;
    await delay(everyMs);
  }
}
