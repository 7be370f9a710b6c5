import type { DataMover } from '@scoria/data-mover';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { listenApi } from './api/index.ts';
import type { Backend, ExportKeeper } from './backends/index.ts';
import type { ScoriaConfig } from './config/index.ts';
import type { Journal } from './journal/index.ts';
import type { Services } from './model/index.ts';

/** A whole service. */
export interface Service {
  /** What the API offers, for programs that embed the service. */
  readonly services: Services;
  /** State of each backend's driver. */
  readonly backends: readonly Backend[];
  /**
   * Listens, starts the drivers and takes up what the last stop or crash left. Resolves when the API answers, which is
   * before the drivers are ready.
   *
   * @throws ListenError when it cannot listen; nothing is started then.
   */
  start(): Promise<void>;
  /** Where it listens, one per API: the path of the unix socket, `http://host:port` with the real port; none before the start. */
  readonly address: readonly string[];
  /** Ends everything in order; operations that take too long are left to the next start. Idempotent. */
  stop(): Promise<void>;
}

/** What a {@link ScoriaService} is made of. */
export interface ServiceParts {
  readonly config: Pick<ScoriaConfig, 'api' | 'host'>;
  readonly services: Services;
  readonly log: Logger;
  readonly apis: { readonly socket: FastifyInstance | null; readonly tcp: FastifyInstance | null };
  readonly journal: Journal;
  readonly mover: DataMover;
  readonly backends: readonly { readonly backend: Backend; readonly exports: ExportKeeper }[];
  /** Takes away what earlier runs have left attached to this host. */
  readonly releaseLeft: (signal: AbortSignal) => Promise<void>;
  /** Starts to remove the snapshots of the service's own that could not be removed when they had served. */
  readonly removeLeftMoments: () => Promise<void>;
  readonly drainMs: number;
  /** Closes what the parts stand on: pool, database. */
  dispose(): Promise<void>;
}

const TIDY_INTERVAL_MS = 3_600_000;
/** Ended journal entries are kept for a week: long enough to ask what happened over a weekend. */
const KEEP_ENTRIES_MS = 7 * 24 * 3_600_000;

/** Starts and stops the parts of a service, each in its turn. */
export class ScoriaService implements Service {
  readonly services: Services;
  readonly #parts: ServiceParts;
  #address: readonly string[] = [];
  #tidying: NodeJS.Timeout | undefined;
  readonly #stopping = new AbortController();
  #releasing: Promise<void> = Promise.resolve();
  #removing: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.services = parts.services;
  }

  get backends(): readonly Backend[] {
    return this.#parts.backends.map(({ backend }) => backend);
  }

  get address(): readonly string[] {
    return this.#address;
  }

  async start(): Promise<void> {
    const { journal, mover, backends, log } = this.#parts;
    // What was left unfinished has its locks before the first request comes.
    const unfinished = await journal.prepareRecovery();
    try {
      // A second service on the same state fails here, before it touches anything.
      this.#address = await this.#listen();
      mover.start();
    } catch (error) {
      unfinished.cancel();
      throw error;
    }
    await Promise.all(backends.map(({ backend }) => backend.start()));
    unfinished.start();
    for (const { exports } of backends) exports.start();
    this.#releasing = this.#parts.releaseLeft(this.#stopping.signal).catch((error: unknown) => {
      log.warn({ err: error }, 'what earlier runs left could not be looked at');
    });
    this.#removeLeftMoments();
    this.#tidying = setInterval(() => {
      this.#prune();
      this.#removeLeftMoments();
    }, TIDY_INTERVAL_MS);
    this.#tidying.unref();
    log.info({ address: this.#address, backends: backends.length, unfinished: unfinished.count }, 'serving');
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #listen(): Promise<string[]> {
    const { apis, config } = this.#parts;
    const { socket, listen } = config.api;
    const address: string[] = [];
    if (apis.socket !== null && socket !== null)
      address.push(await listenApi(apis.socket, { kind: 'unix', path: socket }));
    if (apis.tcp !== null && listen !== null)
      address.push(await listenApi(apis.tcp, { kind: 'tcp', ...listen }));
    return address;
  }

  async #stop(): Promise<void> {
    const { apis, journal, backends, dispose, drainMs, log } = this.#parts;
    clearInterval(this.#tidying);
    this.#stopping.abort();
    const failures: unknown[] = [];
    const attempt = async (work: Promise<unknown>): Promise<void> => {
      await work.catch((error: unknown) => failures.push(error));
    };
    // Removals that it has begun are on record then, and end with the other operations.
    await this.#removing;
    // Requests that wait for an operation end when it ends or is interrupted.
    await Promise.all([
      ...[apis.socket, apis.tcp].map((api) => (api === null ? Promise.resolve() : attempt(api.close()))),
      attempt(journal.drain(drainMs)),
    ]);
    await this.#releasing;
    await Promise.all(backends.map(({ exports }) => attempt(exports.stop())));
    await Promise.all(backends.map(({ backend }) => attempt(backend.stop())));
    await attempt(dispose());
    log.info('stopped');
    if (failures.length > 0) throw new AggregateError(failures, 'the service did not stop cleanly');
  }

  #prune(): void {
    const { journal, log } = this.#parts;
    journal.prune(KEEP_ENTRIES_MS).then(
      (removed) => log.debug({ removed }, 'journal entries pruned'),
      (error: unknown) => log.warn({ err: error }, 'the journal could not be pruned'),
    );
  }

  #removeLeftMoments(): void {
    const { removeLeftMoments, log } = this.#parts;
    this.#removing = removeLeftMoments().catch((error: unknown) => {
      log.warn({ err: error }, "snapshots of the service's own that are left could not be removed");
    });
  }
}
