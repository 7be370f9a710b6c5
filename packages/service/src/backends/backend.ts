import { ContractError, type OperationName, type VolumeStats } from '@scoria/core/contract';
import type { Logger } from 'pino';
import { Allocations } from './allocations.ts';
import { type BackendIo, plainIo } from './backendIo.ts';
import type { DriverHandle } from './driverHandle.ts';

/** What makes a backend. */
export interface BackendOptions {
  /** Name of its configuration section. */
  readonly name: string;
  /** Name of this service's host. */
  readonly host: string;
  readonly driver: DriverHandle;
  readonly log: Logger;
  /** How its bytes are moved. Default: as the data mover sees fit. */
  readonly io?: BackendIo;
  /** How often its capacity is asked for, in ms. Default: 60 s. */
  readonly statsIntervalMs?: number;
}

/** One enabled backend: its driver, what it last said of itself, and what has been promised of it since. */
export class Backend {
  readonly name: string;
  /** `host@backend`: a volume's host without its pool. */
  readonly host: string;
  readonly driver: DriverHandle;
  /** How its bytes are moved. */
  readonly io: BackendIo;
  readonly allocations = new Allocations();
  readonly #log: Logger;
  readonly #statsIntervalMs: number;
  #stats: VolumeStats | null = null;
  #statsAt: string | null = null;
  #refreshing: Promise<VolumeStats> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: (() => void) | undefined;
  #state = 'stopped';
  readonly #readyListeners = new Set<() => void>();

  constructor({ name, host, driver, log, io = plainIo, statsIntervalMs = 60_000 }: BackendOptions) {
    this.name = name;
    this.host = `${host}@${name}`;
    this.driver = driver;
    this.io = io;
    this.#log = log.child({ backend: name });
    this.#statsIntervalMs = statsIntervalMs;
  }

  /** Starts the driver; returns before it is ready. */
  async start(): Promise<void> {
    this.#stopWatching = this.driver.onStatus(() => this.#look());
    this.#timer = setInterval(() => this.#refreshQuietly(), this.#statsIntervalMs);
    this.#timer.unref();
    await this.driver.start();
    this.#look();
  }

  /** Stops the driver. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopWatching?.();
    await this.driver.stop();
  }

  /** Whether its driver takes calls now. */
  get serves(): boolean {
    const { state } = this.driver.status;
    return state === 'ready' || state === 'degraded';
  }

  /**
   * Whether its driver is worth waiting for: it is being started for the first time, or it has served before. One that could
   * not start and never served (no target daemon, say) is helped by people, not by patience.
   */
  get mayServe(): boolean {
    const { state, lastFailure } = this.driver.status;
    if (this.#stats === null && lastFailure !== undefined) return this.serves;
    return this.serves || state === 'starting' || state === 'backing-off';
  }

  /** What it last said of itself; null before the first time. */
  get stats(): { readonly value: VolumeStats; readonly at: string } | null {
    return this.#stats === null || this.#statsAt === null ? null : { value: this.#stats, at: this.#statsAt };
  }

  /**
   * Whether its driver implements an operation; unknown, hence false, while it does not run. For requests, beside {@link serves}; what may be
   * taken up before the driver is there asks `driverImplements`.
   */
  implements(operation: OperationName): boolean {
    return this.driver.status.driver.capabilities.includes(operation);
  }

  /** Calls `listener` each time the driver begins to serve: at start, after each crash, and when it is well again. */
  onServing(listener: () => void): void {
    this.#readyListeners.add(listener);
  }

  /** Asks for the capacity now; callers at the same time share one question. @throws ContractError */
  refreshStats(): Promise<VolumeStats> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #refresh(): Promise<VolumeStats> {
    const askedAt = performance.now();
    const stats = await this.driver.client.getVolumeStats({ refresh: true });
    this.#stats = stats;
    this.#statsAt = new Date().toISOString();
    this.allocations.refreshed(askedAt);
    return stats;
  }

  #look(): void {
    const { state } = this.driver.status;
    const before = this.#state;
    this.#state = state;
    // From degraded to ready is news too: the target daemon may have been away.
    if (state === before || !this.serves || (state === 'degraded' && before === 'ready')) return;
    this.#refreshQuietly();
    for (const listener of this.#readyListeners) listener();
  }

  #refreshQuietly(): void {
    if (!this.serves) return;
    this.refreshStats().catch((error: unknown) => {
      // The next round asks again; until then the old figures and the promises since hold.
      this.#log.warn({ err: error }, 'the backend did not tell its capacity');
    });
  }
}

/** The backends by name and by `host@backend#pool`. */
export class BackendRegistry {
  readonly #byName: ReadonlyMap<string, Backend>;
  readonly #byHost: ReadonlyMap<string, Backend>;

  constructor(backends: readonly Backend[]) {
    this.#byName = new Map(backends.map((backend) => [backend.name, backend]));
    this.#byHost = new Map(backends.map((backend) => [backend.host, backend]));
  }

  /** All, in the order of `enabled_backends`. */
  get all(): readonly Backend[] {
    return [...this.#byName.values()];
  }

  /** The backend that holds a volume. @throws ContractError NOT_INITIALIZED when it is not enabled (any more). */
  ofHost(host: string | null): Backend {
    const backend = host === null ? undefined : this.#byHost.get(backendHost(host));
    if (backend !== undefined) return backend;
    const enabled = [...this.#byName.keys()].join(', ');
    throw new ContractError(
      'NOT_INITIALIZED',
      host === null
        ? 'the volume has no backend yet'
        : `no enabled backend is ${backendHost(host)} (enabled: ${enabled}): add it to enabled_backends again`,
    );
  }
}

/** `host@backend#pool` without the pool. */
export function backendHost(host: string): string {
  const pool = host.indexOf('#');
  return pool === -1 ? host : host.slice(0, pool);
}
