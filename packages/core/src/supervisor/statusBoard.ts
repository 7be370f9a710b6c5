import type { Logger } from 'pino';
import { ContractError } from '../contract/index.ts';
import { assertTransition, type DriverState } from './state.ts';
import type { DriverStatus } from './status.ts';

type Facts = Omit<DriverStatus, 'state' | 'reason' | 'since'>;

/** The state of one driver: the only place that changes it, logs the change and tells the listeners. */
export class StatusBoard {
  readonly #log: Logger;
  readonly #facts: () => Facts;
  readonly #listeners = new Set<(status: DriverStatus) => void>();
  #state: DriverState = 'stopped';
  #reason = '';
  #since = Date.now();

  /** @param facts what else belongs to the status, looked up at each use */
  constructor(log: Logger, facts: () => Facts) {
    this.#log = log;
    this.#facts = facts;
  }

  get state(): DriverState {
    return this.#state;
  }

  get status(): DriverStatus {
    return { state: this.#state, reason: this.#reason, since: this.#since, ...this.#facts() };
  }

  /** @throws Error when the state machine has no such transition. */
  move(state: DriverState, reason = ''): void {
    if (state === this.#state && reason === this.#reason) return;
    assertTransition(this.#state, state);
    const from = this.#state;
    if (from !== state) this.#since = Date.now();
    this.#state = state;
    this.#reason = reason;
    const { status } = this;
    this.#log[logLevelOf(state)]({ from, state, reason, pid: status.pid }, `driver is ${state}`);
    for (const listener of this.#listeners) {
      try {
        listener(status);
      } catch (error) {
        // A listener is a guest: the life of the driver does not depend on it.
        this.#log.error({ err: error }, 'a status listener failed');
      }
    }
  }

  /** Calls `listener` after each change. Returns the function that ends it. */
  listen(listener: (status: DriverStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The error of a call that comes while no driver serves. */
  notServing(): ContractError {
    const { backend, state, reason, nextTryAt } = this.status;
    const message = `backend "${backend}" is ${state}${reason === '' ? '' : `: ${reason}`}`;
    const details = { backend, state, ...(nextTryAt !== undefined && { nextTryAt }) };
    return new ContractError('NOT_INITIALIZED', message, { details });
  }
}

function logLevelOf(state: DriverState): 'info' | 'warn' | 'error' {
  if (state === 'quarantined') return 'error';
  return state === 'backing-off' || state === 'degraded' ? 'warn' : 'info';
}
