import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLostError, DeadlineExceededError, RpcPeer } from '@scoria/rpc';
import type { Logger } from 'pino';
import { type ConfigureParams, type ProbeResult, probeResultSchema, wireMethods } from '../contract/index.ts';
import { DriverProcess } from './driverProcess.ts';
import { describeExit, type ExitReport } from './exitReport.ts';
import { type Introduction, introduce } from './handshake.ts';
import type { DriverLaunch } from './launch.ts';
import { LogForwarder } from './logForwarder.ts';
import { Redactor } from './redaction.ts';
import type { SecretMemory } from './secretMemory.ts';
import type { SupervisorSettings } from './settings.ts';
import { DriverStartError } from './startError.ts';
import { endedBeforeReady, explainStartFailure } from './startFailure.ts';

/** Why a session ended. All but `requested` count as a crash. */
export type EndCause =
  | 'requested'
  /** The process ended by itself or was killed by somebody else. */
  | 'exit'
  /** It closed fd 3 but lived on. */
  | 'closed-connection'
  /** It sent something that breaks the protocol. */
  | 'violation'
  /** It did not answer a ping. */
  | 'unresponsive'
  /** A result broke the contract's schema. */
  | 'lying';

/** How a session ended. */
export interface SessionEnd {
  readonly cause: EndCause;
  readonly message: string;
  readonly exit: ExitReport;
}

interface SessionOptions {
  readonly launch: DriverLaunch;
  readonly settings: SupervisorSettings;
  readonly log: Logger;
  readonly logLevel: ConfigureParams['logLevel'];
  readonly hostVersion: string;
  /** Aborting gives the start up. */
  readonly signal: AbortSignal;
  readonly onHealth: (health: ProbeResult) => void;
  /** Secrets to mask by value in the driver's log. */
  readonly secrets: SecretMemory;
}

/** One driver process from its handshake to its end. */
export class DriverSession {
  readonly peer: RpcPeer;
  readonly process: DriverProcess;
  readonly introduction: Introduction;
  readonly capabilities: ReadonlySet<string>;
  /** Resolves when the process and its group are gone; never rejects. */
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #condemned = Promise.withResolvers<{ cause: EndCause; message: string }>();
  readonly #heartbeat: NodeJS.Timeout;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;
  #beating = false;

  private constructor(
    options: SessionOptions,
    process: DriverProcess,
    peer: RpcPeer,
    introduction: Introduction,
  ) {
    this.#options = options;
    this.process = process;
    this.peer = peer;
    this.introduction = introduction;
    this.capabilities = new Set(introduction.identity.capabilities);
    this.#heartbeat = setInterval(() => void this.#beat(), options.settings.heartbeatMs);
    this.#heartbeat.unref();
    this.ended = this.#watch();
  }

  /**
   * Spawns the driver and takes it through the handshake. What comes first decides: ready, exit, or the deadline.
   * @throws DriverStartError; the process is gone then.
   */
  static async start(options: SessionOptions): Promise<DriverSession> {
    const { launch, settings, log, signal } = options;
    const logs = new LogForwarder({
      log,
      redactor: new Redactor(options.secrets, launch.secretOptions),
      maxLineBytes: settings.maxLogLineBytes,
      maxLinesPerSecond: settings.maxLogLinesPerSecond,
    });
    const process = new DriverProcess(launch, settings, logs);
    const { wire } = process;
    if (wire === undefined) throw endedBeforeReady(launch, await process.exited);
    const peer = new RpcPeer({
      stream: wire,
      onHandlerError: (method, error) =>
        log.error({ err: error, method }, 'handling a driver message failed'),
    });
    const abort = (): void => peer.close(new DriverStartError('aborted', 'the supervisor was told to stop'));
    signal.addEventListener('abort', abort, { once: true });
    try {
      const introduction = await introduce(peer, launch, {
        logLevel: options.logLevel,
        deadline: performance.now() + settings.startTimeoutMs,
        probePollMs: settings.probePollMs,
        hostVersion: options.hostVersion,
        signal,
      });
      return new DriverSession(options, process, peer, introduction);
    } catch (error) {
      throw await explainStartFailure(error, process, options);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  enter(): void {
    this.#inFlight += 1;
  }

  leave(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0) this.#onIdle?.();
  }

  /** Waits until no call is under way, at most `drainMs`. Returns how many were left. */
  async drain(drainMs: number): Promise<number> {
    if (this.#inFlight > 0) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
      const timer = new AbortController();
      const timeUp = sleep(drainMs, undefined, { signal: timer.signal }).catch(() => undefined);
      await Promise.race([idle, timeUp, this.ended]);
      timer.abort();
    }
    return this.#inFlight;
  }

  /** Ends the process because of what it did. The first cause stays. */
  condemn(cause: EndCause, message: string): void {
    this.#condemned.resolve({ cause, message });
  }

  /** `shutdown`, then the end of the connection, then SIGTERM, then SIGKILL, each with its own patience. */
  async stop(): Promise<SessionEnd> {
    const { settings, log } = this.#options;
    try {
      await this.peer.call(wireMethods.shutdown, {}, { timeoutMs: settings.shutdownMs });
    } catch (error) {
      log.warn({ err: error }, 'the driver did not answer shutdown');
    }
    this.condemn('requested', 'it was told to stop');
    return this.ended;
  }

  async #watch(): Promise<SessionEnd> {
    const { settings } = this.#options;
    const condemned = this.#condemned.promise;
    const first = await Promise.race([
      condemned,
      this.peer.closed.then(async (reason) => {
        if (reason.kind === 'violation')
          return { cause: 'violation' as const, message: reason.error?.message ?? '' };
        // The exit report says more than the end of a pipe.
        const exit = await Promise.race([this.process.exited, sleep(settings.exitReportMs, undefined)]);
        return exit === undefined
          ? { cause: 'closed-connection' as const, message: 'it closed fd 3 but lived on' }
          : { cause: 'exit' as const, message: '' };
      }),
      this.process.exited.then(() => ({ cause: 'exit' as const, message: '' })),
    ]);
    clearInterval(this.#heartbeat);
    this.peer.close();
    const exit = await this.#end(first.cause);
    if (first.cause !== 'exit') return { ...first, exit };
    return { cause: 'exit', message: describeExit(exit), exit };
  }

  async #end(cause: EndCause): Promise<ExitReport> {
    const { settings } = this.#options;
    const { exited } = this.process;
    if (cause === 'requested' || cause === 'closed-connection') {
      const waited = await Promise.race([exited, sleep(settings.exitMs, undefined)]);
      return waited ?? this.process.terminate(settings.termMs);
    }
    if (cause !== 'exit') this.process.kill();
    return exited;
  }

  /** One ping, then one probe. A ping that is not answered means that the event loop hangs. */
  async #beat(): Promise<void> {
    if (this.#beating || this.peer.closeReason !== undefined) return;
    this.#beating = true;
    const { settings, onHealth, log } = this.#options;
    const timeoutMs = settings.heartbeatTimeoutMs;
    try {
      await this.peer.ping(timeoutMs);
      const answer = await this.peer.call(wireMethods.probe, {}, { timeoutMs });
      const health = probeResultSchema.safeParse(answer);
      if (health.success) onHealth(health.data);
      else this.condemn('lying', 'its answer to "probe" breaks the contract');
    } catch (error) {
      this.#onMissedBeat(error, log, onHealth);
    } finally {
      this.#beating = false;
    }
  }

  #onMissedBeat(error: unknown, log: Logger, onHealth: (health: ProbeResult) => void): void {
    if (error instanceof ConnectionLostError) return;
    if (error instanceof DeadlineExceededError && error.method === wireMethods.ping) {
      this.condemn('unresponsive', `it did not answer a ping within ${error.timeoutMs} ms`);
      return;
    }
    log.warn({ err: error }, 'the driver cannot say whether it is well');
    onHealth({ state: 'degraded', reason: error instanceof Error ? error.message : 'the probe failed' });
  }
}
