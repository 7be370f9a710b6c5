import type { Logger } from 'pino';
import { type ConfigureParams, type DriverClient, wireMethods } from '../contract/index.ts';
import { createDriverClient } from './client.ts';
import { type DriverLaunch, rememberSecrets } from './launch.ts';
import { Limiter } from './limiter.ts';
import { Lock } from './lock.ts';
import { RunLoop } from './runLoop.ts';
import { SecretMemory } from './secretMemory.ts';
import { DriverSession } from './session.ts';
import { defaultSupervisorSettings, type SupervisorSettings } from './settings.ts';
import { DriverStartError } from './startError.ts';
import { serves } from './state.ts';
import type { DriverStatus } from './status.ts';
import { StatusBoard } from './statusBoard.ts';
import { whenServing } from './whenServing.ts';

/**
 * Keeps the driver process of one backend alive, and is the only one that starts or ends it.
 *
 * Commands (`start`, `stop`, `restart`, `upgrade`) take one lock. Between them a single loop moves through the states.
 */
export class DriverSupervisor {
  /** The backend's operations. Valid for the life of the supervisor; throws NOT_INITIALIZED while no driver serves. */
  readonly client: DriverClient;

  readonly #log: Logger;
  readonly #settings: SupervisorSettings;
  readonly #hostVersion: string;
  readonly #lock = new Lock();
  readonly #board: StatusBoard;
  readonly #loop: RunLoop;
  readonly #secrets = new SecretMemory();
  #launch: DriverLaunch;
  #logLevel: ConfigureParams['logLevel'];

  constructor(
    launch: DriverLaunch,
    options: { log: Logger; hostVersion?: string; settings?: Partial<SupervisorSettings> },
  ) {
    this.#launch = launch;
    this.#logLevel = launch.logLevel ?? 'info';
    this.#log = options.log.child({ backend: launch.backend, driver: launch.driver.name });
    this.#hostVersion = options.hostVersion ?? '0';
    this.#settings = { ...defaultSupervisorSettings, ...options.settings };
    this.#board = new StatusBoard(this.#log, () => this.#facts());
    this.#loop = new RunLoop({
      board: this.#board,
      settings: this.#settings,
      log: this.#log,
      startSession: (signal) => this.#startSession(this.#launch, signal),
    });
    this.client = createDriverClient({
      backend: launch.backend,
      limiter: new Limiter(this.#settings.maxConcurrent, this.#settings.maxWaiting),
      cancelGraceMs: this.#settings.cancelGraceMs,
      secrets: this.#secrets,
      session: () => this.#servingSession(),
    });
  }

  /** What is known of the driver now. */
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
      if (this.#board.state === 'quarantined') await this.#loop.halt();
      if (!this.#loop.running) this.#loop.begin();
    });
  }

  /** Drains, then `shutdown`, SIGTERM, SIGKILL. Resolves when the process and its group are gone. Idempotent. */
  stop(): Promise<void> {
    return this.#lock.run(() => this.#loop.halt());
  }

  /** Stops and starts, with another launch when the configuration has changed. */
  restart(launch?: DriverLaunch): Promise<void> {
    return this.#lock.run(() => this.#startAnew(launch));
  }

  /**
   * Replaces the driver without a gap: the new process takes over once it is ready, then the old one is drained. A driver
   * that does not serve is simply restarted.
   * @throws DriverStartError when the new one does not start; the old one goes on.
   */
  upgrade(launch: DriverLaunch): Promise<void> {
    return this.#lock.run(async () => {
      const old = this.#loop.session;
      if (old === undefined || !serves(this.#board.state)) {
        await this.#startAnew(launch);
        return;
      }
      const fresh = await this.#startSession(launch, new AbortController().signal);
      if (this.#loop.session !== old) {
        // The old one died meanwhile and the loop has gone its own way: the newcomer would be a second owner.
        await fresh.stop();
        throw new DriverStartError('aborted', 'the old driver ended during the upgrade; try again');
      }
      this.#adopt(launch);
      this.#loop.replaceSession(fresh);
      await old.drain(this.#settings.drainMs);
      await old.stop();
    });
  }

  /**
   * Resolves once the driver serves: at once if it does, otherwise after the commands that were given before.
   * @throws ContractError NOT_INITIALIZED when it is stopped or quarantined, or time or signal end the wait; the message
   * says why it does not serve.
   */
  async whenReady(options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<DriverStatus> {
    if (!serves(this.#board.state)) await this.#lock.run(() => Promise.resolve());
    return whenServing(this.#board, options);
  }

  /** Sets the driver's log level, now and for its next starts. */
  setLogLevel(level: ConfigureParams['logLevel']): void {
    this.#logLevel = level;
    this.#loop.session?.peer.notify(wireMethods.setLogLevel, { level });
  }

  /** As {@link stop}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #startAnew(launch: DriverLaunch | undefined): Promise<void> {
    await this.#loop.halt();
    if (launch !== undefined) this.#adopt(launch);
    this.#loop.begin();
  }

  #adopt(launch: DriverLaunch): void {
    if (launch.backend !== this.#launch.backend) throw new Error('a supervisor keeps its backend');
    this.#launch = launch;
    this.#logLevel = launch.logLevel ?? this.#logLevel;
  }

  async #startSession(launch: DriverLaunch, signal: AbortSignal): Promise<DriverSession> {
    rememberSecrets(launch, this.#secrets);
    const session = await DriverSession.start({
      launch,
      settings: this.#settings,
      log: this.#log,
      logLevel: this.#logLevel,
      hostVersion: this.#hostVersion,
      signal,
      secrets: this.#secrets,
      onHealth: (health) => {
        if (this.#loop.session === session && serves(this.#board.state)) this.#loop.healthIs(health);
      },
    });
    return session;
  }

  #servingSession(): DriverSession {
    const { session } = this.#loop;
    if (session === undefined || !serves(this.#board.state)) throw this.#board.notServing();
    return session;
  }

  #facts(): Omit<DriverStatus, 'state' | 'reason' | 'since'> {
    const { session } = this.#loop;
    const introduction = session?.introduction;
    return {
      backend: this.#launch.backend,
      pid: session?.process.pid,
      driver: {
        name: this.#launch.driver.name,
        version: introduction?.identity.version,
        protocolVersion: introduction?.protocolVersion,
        capabilities: introduction?.identity.capabilities ?? [],
      },
      ...this.#loop.history,
    };
  }
}
