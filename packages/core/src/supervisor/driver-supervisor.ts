import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type ConfigureParams, type DriverClient, type ProbeResult, wireMethods } from '../contract/index.ts';
import { createDriverClient } from './client.ts';
import { CrashHistory } from './crash-history.ts';
import { type Failure, failedSession, failedStart } from './failure.ts';
import { type DriverLaunch, rememberSecrets } from './launch.ts';
import { Limiter } from './limiter.ts';
import { Lock } from './lock.ts';
import { SecretMemory } from './secret-memory.ts';
import { DriverSession, type SessionEnd } from './session.ts';
import { defaultSupervisorSettings, type SupervisorSettings } from './settings.ts';
import { DriverStartError } from './start-error.ts';
import { serves } from './state.ts';
import type { DriverFailure, DriverStatus } from './status.ts';
import { StatusBoard } from './status-board.ts';
import { whenServing } from './when-serving.ts';

/**
 * Keeps the driver process of one backend alive, and is the only one that starts or ends it.
 *
 * Commands (`start`, `stop`, `restart`, `upgrade`) take one lock. Between them a single loop moves through the states:
 * start, serve, back off, start again; or quarantine.
 */
export class DriverSupervisor {
  /** The backend's operations. Valid for the life of the supervisor; throws NOT_INITIALIZED while no driver serves. */
  readonly client: DriverClient;

  readonly #log: Logger;
  readonly #settings: SupervisorSettings;
  readonly #hostVersion: string;
  readonly #lock = new Lock();
  readonly #crashes: CrashHistory;
  readonly #board: StatusBoard;
  readonly #secrets = new SecretMemory();
  #launch: DriverLaunch;
  #logLevel: ConfigureParams['logLevel'];
  #session: DriverSession | undefined;
  #nextTryAt: number | undefined;
  #lastFailure: DriverFailure | undefined;
  #run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  constructor(
    launch: DriverLaunch,
    options: { log: Logger; hostVersion?: string; settings?: Partial<SupervisorSettings> },
  ) {
    this.#launch = launch;
    this.#logLevel = launch.logLevel ?? 'info';
    this.#log = options.log.child({ backend: launch.backend, driver: launch.driver.name });
    this.#hostVersion = options.hostVersion ?? '0';
    this.#settings = { ...defaultSupervisorSettings, ...options.settings };
    this.#crashes = new CrashHistory(this.#settings);
    this.#board = new StatusBoard(this.#log, () => this.#facts());
    this.client = createDriverClient({
      backend: launch.backend,
      limiter: new Limiter(this.#settings.maxConcurrent, this.#settings.maxWaiting),
      cancelGraceMs: this.#settings.cancelGraceMs,
      secrets: this.#secrets,
      session: () => {
        if (this.#session === undefined || !serves(this.#board.state)) throw this.#board.notServing();
        return this.#session;
      },
    });
  }

  get status(): DriverStatus {
    return this.#board.status;
  }

  /** Calls `listener` after each change of state or reason. Returns the function that ends it. */
  onStatus(listener: (status: DriverStatus) => void): () => void {
    return this.#board.listen(listener);
  }

  /**
   * Starts the driver and returns at once: a slow driver must not keep the service from serving. Lifts a quarantine.
   * Idempotent.
   */
  start(): Promise<void> {
    return this.#lock.run(async () => {
      if (this.#board.state === 'quarantined') await this.#halt();
      if (this.#run === undefined) this.#begin();
    });
  }

  /** Drains, then `shutdown`, SIGTERM, SIGKILL. Resolves when the process and its group are gone. Idempotent. */
  stop(): Promise<void> {
    return this.#lock.run(() => this.#halt());
  }

  /** Stops and starts, with another launch when the configuration has changed. */
  restart(launch?: DriverLaunch): Promise<void> {
    return this.#lock.run(async () => {
      await this.#halt();
      if (launch !== undefined) this.#adopt(launch);
      this.#begin();
    });
  }

  /**
   * Replaces the driver without a gap: the new process takes over once it is ready, then the old one is drained. A driver
   * that does not serve is simply restarted.
   * @throws DriverStartError when the new one does not start; the old one goes on.
   */
  upgrade(launch: DriverLaunch): Promise<void> {
    return this.#lock.run(async () => {
      const old = this.#session;
      if (old === undefined || !serves(this.#board.state)) {
        await this.#halt();
        this.#adopt(launch);
        this.#begin();
        return;
      }
      const fresh = await this.#startSession(launch, new AbortController().signal);
      if (this.#session !== old) {
        // The old one died meanwhile and the loop has gone its own way: the newcomer would be a second owner.
        await fresh.stop();
        throw new DriverStartError('aborted', 'the old driver ended during the upgrade; try again');
      }
      this.#adopt(launch);
      this.#session = fresh;
      this.#healthIs(fresh.introduction.health);
      await old.drain(this.#settings.drainMs);
      await old.stop();
    });
  }

  /**
   * Resolves once the driver serves; commands that were given before are carried out first.
   * @throws ContractError NOT_INITIALIZED when it is stopped or quarantined, or time or signal end the wait; the message
   * says why it does not serve.
   */
  async whenReady(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<DriverStatus> {
    await this.#lock.run(() => Promise.resolve());
    return whenServing(this.#board, options);
  }

  /** Sets the driver's log level, now and for its next starts. */
  setLogLevel(level: ConfigureParams['logLevel']): void {
    this.#logLevel = level;
    this.#session?.peer.notify(wireMethods.setLogLevel, { level });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #adopt(launch: DriverLaunch): void {
    if (launch.backend !== this.#launch.backend) throw new Error('a supervisor keeps its backend');
    this.#launch = launch;
    this.#logLevel = launch.logLevel ?? this.#logLevel;
  }

  #begin(): void {
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

  async #halt(): Promise<void> {
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
      session = await this.#startSession(this.#launch, signal);
    } catch (error) {
      if (error instanceof DriverStartError) return failedStart(error);
      throw error;
    }
    if (signal.aborted) {
      await session.stop();
      return undefined;
    }
    this.#session = session;
    const readyAt = performance.now();
    this.#healthIs(session.introduction.health);
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

  async #startSession(launch: DriverLaunch, signal: AbortSignal): Promise<DriverSession> {
    rememberSecrets(launch, this.#secrets);
    const session = await DriverSession.start({
      launch,
      secrets: this.#secrets,
      settings: this.#settings,
      log: this.#log,
      logLevel: this.#logLevel,
      hostVersion: this.#hostVersion,
      signal,
      onHealth: (health) => {
        if (this.#session === session && serves(this.#board.state)) this.#healthIs(health);
      },
    });
    return session;
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

  #healthIs({ state, reason }: ProbeResult): void {
    if (state === 'ready') this.#board.move('ready', reason);
    else this.#board.move('degraded', reason === '' ? state : `${state}: ${reason}`);
  }

  #facts(): Omit<DriverStatus, 'state' | 'reason' | 'since'> {
    const introduction = this.#session?.introduction;
    return {
      backend: this.#launch.backend,
      pid: this.#session?.process.pid,
      driver: {
        name: this.#launch.driver.name,
        version: introduction?.identity.version,
        protocolVersion: introduction?.protocolVersion,
        capabilities: introduction?.identity.capabilities ?? [],
      },
      crashes: this.#crashes.count(Date.now()),
      nextTryAt: this.#nextTryAt,
      lastFailure: this.#lastFailure,
    };
  }
}
