import { ContractError } from '@scoria/core/contract';

/** How a key is held: many may share it, or one has it alone. */
export type LockMode = 'shared' | 'exclusive';

/** What to lock. */
export interface LockRequest {
  readonly key: string;
  readonly mode: LockMode;
}

interface Waiter {
  readonly mode: LockMode;
  readonly holder: string;
  grant(): void;
}

interface Entry {
  readonly held: Map<symbol, { readonly mode: LockMode; readonly holder: string }>;
  readonly waiting: Waiter[];
}

/** How a caller waits for a lock. */
export interface LockOptions {
  /** What the holder does, for those who wait in vain: `delete volume`. */
  readonly holder: string;
  readonly signal: AbortSignal;
  /** Default: as long as it takes. */
  readonly timeoutMs?: number;
}

/**
 * Locks by name within this process, granted in order of arrival. They only order the work on one object; what may be
 * done to it is decided by compare-and-set on its status.
 */
export class KeyedLocks {
  readonly #entries = new Map<string, Entry>();

  /** Keys that are held or waited for. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Runs `work` while holding all of `requests`. Keys are taken in sorted order, so that two callers never deadlock.
   *
   * @throws ContractError ABORTED when the wait ends first, naming who holds the key; CANCELLED when aborted.
   */
  async run<Result>(
    requests: readonly LockRequest[],
    options: LockOptions,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const ordered = [...requests].sort((a, b) => (a.key < b.key ? -1 : 1));
    const releases: (() => void)[] = [];
    try {
      for (const request of ordered) releases.push(await this.#acquire(request, options));
      return await work();
    } finally {
      for (const release of releases.reverse()) release();
    }
  }

  async #acquire({ key, mode }: LockRequest, options: LockOptions): Promise<() => void> {
    const entry = this.#entries.get(key) ?? { held: new Map(), waiting: [] };
    this.#entries.set(key, entry);
    const token = Symbol(key);
    const hold = () => entry.held.set(token, { mode, holder: options.holder });
    if (entry.waiting.length === 0 && compatible(entry, mode)) hold();
    else await this.#wait(key, entry, mode, options, hold);
    return () => {
      entry.held.delete(token);
      this.#advance(key, entry);
    };
  }

  #wait(key: string, entry: Entry, mode: LockMode, options: LockOptions, hold: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        mode,
        holder: options.holder,
        grant: () => {
          stop();
          hold();
          resolve();
        },
      };
      const giveUp = (error: ContractError) => {
        stop();
        entry.waiting.splice(entry.waiting.indexOf(waiter), 1);
        this.#advance(key, entry);
        reject(error);
      };
      const cancelled = () =>
        giveUp(new ContractError('CANCELLED', `${options.holder}: cancelled while waiting for its turn`));
      const timer =
        options.timeoutMs === undefined
          ? undefined
          : setTimeout(() => giveUp(tooLong(entry, options)), options.timeoutMs);
      const stop = () => {
        clearTimeout(timer);
        options.signal.removeEventListener('abort', cancelled);
      };
      entry.waiting.push(waiter);
      if (options.signal.aborted) cancelled();
      else options.signal.addEventListener('abort', cancelled, { once: true });
    });
  }

  #advance(key: string, entry: Entry): void {
    let next = entry.waiting[0];
    while (next !== undefined && compatible(entry, next.mode)) {
      entry.waiting.shift();
      next.grant();
      next = entry.waiting[0];
    }
    if (entry.held.size === 0 && entry.waiting.length === 0) this.#entries.delete(key);
  }
}

function compatible(entry: Entry, mode: LockMode): boolean {
  if (entry.held.size === 0) return true;
  return mode === 'shared' && [...entry.held.values()].every((each) => each.mode === 'shared');
}

function tooLong(entry: Entry, options: LockOptions): ContractError {
  const holders = [...entry.held.values()].map(({ holder }) => holder).join(', ');
  return new ContractError(
    'ABORTED',
    `${options.holder}: ${holders} has been under way on the same object for ${options.timeoutMs} ms; repeat when it has ended`,
  );
}
