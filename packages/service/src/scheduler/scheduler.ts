import { setTimeout as sleep } from 'node:timers/promises';
import type { Allocation } from '../backends/allocations.ts';
import { type Backend, type BackendRegistry, backendHost } from '../backends/backend.ts';
import { ServiceError } from '../model/index.ts';
import { poolCapabilities, unmetSpec } from './capabilities.ts';
import { roomIn } from './capacity.ts';

const LOOK_AGAIN_MS = 500;

/** What a volume needs of its pool. */
export interface PlacementRequest {
  readonly bytes: number;
  readonly extraSpecs: Readonly<Record<string, string>>;
  readonly multiattach: boolean;
  /** `host@backend#pool` or a prefix of it: a source's place, or what an administrator pinned. */
  readonly pinned: { readonly host: string; readonly why: string } | null;
}

/** Where a volume goes; the capacity is promised until `allocation` is settled or released. */
export interface Placement {
  /** `host@backend#pool`. */
  readonly host: string;
  readonly allocation: Allocation;
}

/** The answer of one look at all pools. */
export type Choice =
  | { readonly kind: 'placed'; readonly placement: Placement }
  /** Nothing fits now, but a backend that may fit has not told its figures yet. */
  | { readonly kind: 'later'; readonly why: readonly string[] }
  | { readonly kind: 'none'; readonly why: readonly string[] };

/** Chooses pools: filters by place, capabilities and capacity, then takes the one with most room. */
export class Scheduler {
  readonly #backends: BackendRegistry;

  constructor(backends: BackendRegistry) {
    this.#backends = backends;
  }

  /** Chooses now, from the figures at hand, and promises the capacity. */
  choose(request: PlacementRequest): Choice {
    const why: string[] = [];
    let waiting = false;
    let best: { backend: Backend; pool: string; free: number } | null = null;
    for (const backend of this.#backends.all) {
      if (!matchesPin(request, backend.host)) {
        why.push(`${backend.name}: ${request.pinned?.why ?? 'another backend is asked for'}`);
        continue;
      }
      const { state, reason } = backend.driver.status;
      if (backend.stats === null || !backend.serves) {
        waiting ||= backend.mayServe;
        why.push(`${backend.name}: its driver is ${state}${reason === '' ? '' : ` (${reason})`}`);
        continue;
      }
      for (const pool of backend.stats.value.pools) {
        const host = `${backend.host}#${pool.name}`;
        const unfit = this.#unfit(request, backend, pool.name);
        if (typeof unfit === 'string') why.push(`${backend.name}#${pool.name}: ${unfit}`);
        else if (best === null || unfit.free > best.free) best = { backend, pool: host, free: unfit.free };
      }
    }
    if (best !== null) {
      const allocation = best.backend.allocations.add(best.pool, request.bytes);
      return { kind: 'placed', placement: { host: best.pool, allocation } };
    }
    if (why.length === 0) why.push('no backend is enabled');
    return { kind: waiting ? 'later' : 'none', why };
  }

  /**
   * As {@link Scheduler.choose}, but before it refuses it asks the backends for fresh figures.
   *
   * @throws ServiceError NoValidBackend with one sentence per pool.
   */
  async place(request: PlacementRequest): Promise<Placement | null> {
    let choice = this.choose(request);
    if (choice.kind === 'none') {
      const serving = this.#backends.all.filter((each) => each.serves && matchesPin(request, each.host));
      await Promise.allSettled(serving.map((each) => each.refreshStats()));
      choice = this.choose(request);
    }
    if (choice.kind === 'placed') return choice.placement;
    if (choice.kind === 'later') return null;
    throw noValidBackend(choice.why);
  }

  /** Waits until a backend that may fit serves, at most `patienceMs`. @throws ServiceError NoValidBackend */
  async placeWithPatience(
    request: PlacementRequest,
    patienceMs: number,
    signal: AbortSignal,
  ): Promise<Placement> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const placement = await this.place(request);
      if (placement !== null) return placement;
      const left = until - performance.now();
      const candidates = this.#backends.all.filter(
        (each) => matchesPin(request, each.host) && each.mayServe && (!each.serves || each.stats === null),
      );
      if (left <= 0 || candidates.length === 0) throw noValidBackend(this.#reasons(request));
      await Promise.any(
        candidates.map(async (each) => {
          // Not longer at once: a driver that fails to start meanwhile is waited for no more.
          await each.driver.whenReady({ timeoutMs: Math.min(left, LOOK_AGAIN_MS), signal });
          await each.refreshStats();
        }),
      ).catch(() => sleep(100));
      signal.throwIfAborted();
    }
  }

  #reasons(request: PlacementRequest): readonly string[] {
    const choice = this.choose(request);
    if (choice.kind !== 'placed') return choice.why;
    choice.placement.allocation.release();
    return ['the backend that can hold it became ready too late: repeat'];
  }

  #unfit(request: PlacementRequest, backend: Backend, poolName: string): string | { free: number } {
    const { stats } = backend;
    const pool = stats?.value.pools.find(({ name }) => name === poolName);
    if (stats === null || pool === undefined) return 'it has not told its capacity yet';
    const host = `${backend.host}#${poolName}`;
    if (request.pinned?.host.includes('#') && request.pinned.host !== host) return request.pinned.why;
    if (request.multiattach && !pool.multiattach)
      return 'it cannot attach one volume several times (multiattach)';
    const unmet = unmetSpec(request.extraSpecs, poolCapabilities(stats.value, pool));
    if (unmet !== null) return unmet;
    const room = roomIn(pool, request.bytes, backend.allocations.pending(host));
    return room.fits ? { free: room.free } : room.why;
  }
}

function matchesPin({ pinned }: PlacementRequest, host: string): boolean {
  return pinned === null || backendHost(pinned.host) === host;
}

function noValidBackend(reasons: readonly string[]): ServiceError {
  return new ServiceError('NoValidBackend', `no backend can hold the volume: ${reasons.join('; ')}`);
}
