import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ProbeResult } from '../contract/index.ts';
import { CrashHistory } from './crashHistory.ts';
import { type Failure, failedSession, failedStart } from './failure.ts';
import type { DriverSession, SessionEnd } from './session.ts';
import type { SupervisorSettings } from './settings.ts';
import { DriverStartError } from './startError.ts';
import { serves } from './state.ts';
import type { DriverFailure } from './status.ts';
import type { StatusBoard } from './statusBoard.ts';

/**
 * Start, serve, back off, start again; or quarantine. One driver process at a time, except while one replaces another.
 * Its methods must not overlap: the supervisor's lock sees to that.
 */
export class RunLoop {
  readonly #board: StatusBoard;
  readonly #settings: SupervisorSettings;
  readonly #log: Logger;
  readonly #startSession: (signal: AbortSignal) => Promise<DriverSession>;
  readonly #crashes: CrashHistory;
  #run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #session: DriverSession | undefined;
  #nextTryAt: number | undefined;
  #lastFailure: DriverFailure | undefined;

  constructor(options: {
    board: StatusBoard;
    settings: SupervisorSettings;
    log: Logger;
    startSession: (signal: AbortSignal) => Promise<DriverSession>;
  }) {
    this.#board = options.board;
    this.#settings = options.settings;
    this.#log = options.log;
    this.#startSession = options.startSession;
    this.#crashes = new CrashHistory(options.settings);
  }

  /** Whether it was begun and not halted. True in quarantine, too. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  /** The process that lives now; it takes calls while the board says that the driver serves. */
  get session(): DriverSession | undefined {
    return this.#session;
  }

  /** What the status says of past and future. */
  get history(): { crashes: number; nextTryAt: number | undefined; lastFailure: DriverFailure | undefined } {
    const crashes = this.#crashes.count(Date.now());
    return { crashes, nextTryAt: this.#nextTryAt, lastFailure: this.#lastFailure };
  }

  /** Begins anew, with nothing held against the driver. */
  begin(): void {
    this.#crashes.reset();
    this.#lastFailure = undefined;
    const abort = new AbortController();
    const done = this.#loop(abort.signal).catch((error: unknown) => {
      // A defect of ours, or something spawn refuses outright: it must not take the service down.
      this.#log.error({ err: error }, 'supervising the driver failed');
      if (!abort.signal.aborted) this.#board.move('quarantined', `supervision failed: ${String(error)}`);
    });
    this.#run = { abort, done };
  }

  /** Drains and stops the driver, or gives up its start or back-off. Idempotent. */
  async halt(): Promise<void> {
    if (this.#run === undefined) return;
    const { abort, done } = this.#run;
    abort.abort();
    const session = this.#session;
    if (session !== undefined && serves(this.#board.state)) {
      this.#board.move('draining');
      const left = await session.drain(this.#settings.drainMs);
      this.#board.move('stopping', left > 0 ? `${left} calls were still under way` : '');
      await session.stop();
    } else {
      this.#board.move('stopping');
    }
    await done;
    this.#run = undefined;
    this.#board.move('stopped');
  }

  /** Lets another session take over; the loop watches it from now on. */
  replaceSession(fresh: DriverSession): void {
    this.#session = fresh;
    this.healthIs(fresh.introduction.health);
  }

  /** Takes note of what a probe of the present session said. */
  healthIs({ state, reason }: ProbeResult): void {
    if (state === 'ready') this.#board.move('ready', reason);
    else this.#board.move('degraded', reason === '' ? state : `${state}: ${reason}`);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#board.move('starting');
      const failure = await this.#live(signal);
      if (failure === undefined || signal.aborted) return;
      this.#lastFailure = { kind: failure.kind, message: failure.message, at: Date.now() };
      const tooMany = failure.crash && this.#crashes.crashed(Date.now());
      if (failure.permanent || tooMany) {
        const { crashLimit, crashWindowMs } = this.#settings;
        const many = failure.permanent
          ? ''
          : `${crashLimit} crashes within ${crashWindowMs / 1000} s, the last: `;
        this.#board.move('quarantined', `${many}${failure.message}`);
        return;
      }
      await this.#backOff(failure.message, signal);
    }
  }

  /** One life of the driver, from spawn to its end. Undefined when it ended because it was told to. */
  async #live(signal: AbortSignal): Promise<Failure | undefined> {
    let session: DriverSession;
    try {
      session = await this.#startSession(signal);
    } catch (error) {
      if (error instanceof DriverStartError) return failedStart(error);
      throw error;
    }
    if (signal.aborted) {
      await session.stop();
      return undefined;
    }
    const readyAt = performance.now();
    this.replaceSession(session);
    const end = await this.#endOf(session);
    this.#session = undefined;
    this.#crashes.servedFor(performance.now() - readyAt);
    return end.cause === 'requested' ? undefined : failedSession(end);
  }

  /** The end of the session, or of the one that replaced it in an upgrade. */
  async #endOf(first: DriverSession): Promise<SessionEnd> {
    let session = first;
    for (;;) {
      const end = await session.ended;
      if (this.#session === session || this.#session === undefined) return end;
      session = this.#session;
    }
  }

  async #backOff(reason: string, signal: AbortSignal): Promise<void> {
    const waitMs = this.#crashes.nextWaitMs();
    this.#nextTryAt = Date.now() + waitMs;
    this.#board.move('backing-off', reason);
    try {
      await sleep(waitMs, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#nextTryAt = undefined;
    }
  }
}
