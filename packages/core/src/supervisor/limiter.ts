import { ContractError } from '../contract/index.ts';

interface Waiter {
  readonly go: () => void;
}

/** Lets a limited number of calls run at once; the others wait in order, within their own deadline. */
export class Limiter {
  readonly #max: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Set<Waiter>();
  #running = 0;

  constructor(max: number, maxWaiting: number) {
    this.#max = max;
    this.#maxWaiting = maxWaiting;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#running >= this.#max) return false;
    this.#running += 1;
    return true;
  }

  /**
   * Waits for a place.
   * @throws ContractError BACKEND_UNAVAILABLE (too many wait), DEADLINE_EXCEEDED, CANCELLED; nothing was sent then.
   */
  enter(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      const message = `${this.#waiting.size} calls wait for this backend already; nothing was sent`;
      return Promise.reject(new ContractError('BACKEND_UNAVAILABLE', message));
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        go: () => {
          leave();
          resolve();
        },
      };
      const onAbort = (): void => {
        leave();
        reject(new ContractError('CANCELLED', 'cancelled while it waited for its turn; nothing was sent'));
      };
      const timer = setTimeout(() => {
        leave();
        const message = `its turn did not come within ${timeoutMs} ms; nothing was sent`;
        reject(new ContractError('DEADLINE_EXCEEDED', message));
      }, timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiter);
    });
  }

  leave(): void {
    const [waiter] = this.#waiting;
    // The place goes from hand to hand, so that nobody can overtake.
    if (waiter === undefined) this.#running -= 1;
    else waiter.go();
  }
}
