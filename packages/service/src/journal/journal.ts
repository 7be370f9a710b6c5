import { ContractError, isContractError } from '@scoria/core/contract';
import type { Logger } from 'pino';
import { ServiceError } from '../model/index.ts';
import type { State, Tables } from '../state/index.ts';
import { Interrupted } from './environment.ts';
import { execute } from './execute.ts';
import { KeyedLocks } from './keyedLocks.ts';
import type { Operation } from './operation.ts';
import { recoverEntry } from './recover.ts';

/** What a claim decides, in the transaction that makes the intent durable. */
export interface Claim<Args, Value> {
  readonly objectId: string;
  readonly args: Args;
  /** Handed to the caller at once, while the operation goes on. */
  readonly value: Value;
}

/** A begun operation. */
export interface Begun<Value, Result> {
  readonly value: Value;
  /** Ends with the operation; rejects with its first cause. A caller may ignore it: failures are recorded and logged. */
  readonly completion: Promise<Result>;
}

/** Unfinished entries that wait to be taken up. */
export interface Recovery {
  readonly count: number;
  /** Takes them up in the background, oldest first. */
  start(): void;
  /** Leaves them as they are. */
  cancel(): void;
}

/** An operation under way. */
interface Tracked {
  readonly entryId: number;
  readonly kind: string;
  /** What it is on, and what else it has for itself. */
  readonly objects: readonly string[];
}

interface Cancellable extends Tracked {
  readonly controller: AbortController;
  readonly done: Promise<unknown>;
}

/** What the journal needs. */
export interface JournalOptions {
  readonly state: State;
  readonly log: Logger;
  readonly locks?: KeyedLocks;
}

/**
 * Runs operations so that none is ever forgotten: the intent is on the disk before the first effect, every step's start
 * and end is recorded, a failure undoes what was done in reverse order, and a restart takes up what was left.
 */
export class Journal {
  readonly #state: State;
  readonly #log: Logger;
  readonly #locks: KeyedLocks;
  readonly #operations = new Map<string, Operation<unknown, unknown>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  readonly #cancellable = new Map<number, Cancellable>();
  #draining = false;

  constructor({ state, log, locks }: JournalOptions) {
    this.#state = state;
    this.#log = log;
    this.#locks = locks ?? new KeyedLocks();
  }

  /** Makes an operation known, so that a restart can take up its entries. */
  register<Args, Result>(operation: Operation<Args, Result>): Operation<Args, Result> {
    if (this.#operations.has(operation.kind))
      throw new Error(`operation ${operation.kind} is registered twice`);
    this.#operations.set(operation.kind, operation as Operation<unknown, unknown>);
    return operation;
  }

  /** Operations under way. */
  get active(): number {
    return this.#running.size;
  }

  /**
   * Writes the intent together with what `claim` changes, in one durable transaction, then runs the operation.
   *
   * @throws ServiceError ServiceUnavailable while the service stops, and what `claim` throws; nothing is recorded then.
   */
  async begin<Args, Result, Value>(
    operation: Operation<Args, Result>,
    requestId: string,
    claim: (tables: Tables) => Promise<Claim<Args, Value>>,
  ): Promise<Begun<Value, Result>> {
    if (this.#draining)
      throw new ServiceError('ServiceUnavailable', 'the service is stopping: repeat the request later');
    const { entryId, claimed } = await this.#state.transaction(
      async (tables) => {
        const claimed = await claim(tables);
        const entryId = await tables.journal.open({
          kind: operation.kind,
          objectId: claimed.objectId,
          requestId,
          arguments: claimed.args,
          steps: operation.steps(claimed.args).map(({ name }) => name),
        });
        return { entryId, claimed };
      },
      { durable: true },
    );
    const { objectId } = claimed;
    const tracked = { entryId, kind: operation.kind, objects: objectsOf(operation, objectId, claimed.args) };
    const completion = this.#track(tracked, (cancelled) =>
      execute(operation, this.#environment(cancelled), {
        entryId,
        objectId,
        requestId,
        run: 1,
        args: claimed.args,
        firstStep: 0,
      }),
    );
    return { value: claimed.value, completion };
  }

  /**
   * Finds every entry that a stop or a crash left unfinished and asks for its locks, so that no request gets at those
   * objects first. Changes nothing until {@link Recovery.start}.
   */
  async prepareRecovery(): Promise<Recovery> {
    const entries = await this.#state.journal.unfinished();
    const gate = Promise.withResolvers<boolean>();
    for (const entry of entries) {
      const { id: entryId, kind, objectId } = entry;
      const operation = this.#operations.get(kind);
      const args = operation?.args.safeParse(entry.arguments);
      const objects = operation && args?.success ? objectsOf(operation, objectId, args.data) : [objectId];
      this.#track({ entryId, kind, objects }, (cancelled) =>
        recoverEntry(entry, operation, this.#environment(cancelled), gate.promise),
      );
    }
    return {
      count: entries.length,
      start: () => gate.resolve(true),
      cancel: () => gate.resolve(false),
    };
  }

  /**
   * Cancels the operations of these kinds that are under way on an object, or have it for themselves meanwhile, as a restore has the volume
   * that it writes; waits until they are undone. One that is just ending may succeed all the same: look at the record afterwards.
   *
   * @returns how many there were.
   */
  async cancel(objectId: string, kinds: readonly string[], why: string): Promise<number> {
    const found = [...this.#cancellable.values()].filter(
      (each) => each.objects.includes(objectId) && kinds.includes(each.kind),
    );
    for (const { controller } of found) controller.abort(new ContractError('CANCELLED', why));
    await Promise.allSettled(found.map(({ done }) => done));
    return found.length;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  /**
   * Waits for running operations, at most `timeoutMs`, then interrupts the rest: their entries stay unfinished and the
   * next start takes them up.
   */
  async drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.idle(), patience]);
    clearTimeout(timer);
    this.#stop.abort(new Interrupted());
    await this.idle();
  }

  /** Removes entries that ended more than `ageMs` ago. @returns how many. */
  async prune(ageMs: number): Promise<number> {
    const before = new Date(Date.now() - ageMs).toISOString();
    const batch = 500;
    let total = 0;
    for (;;) {
      const removed = await this.#state.journal.prune(before, batch);
      total += removed;
      if (removed < batch) return total;
    }
  }

  #environment(cancelled: AbortSignal) {
    return {
      state: this.#state,
      log: this.#log,
      locks: this.#locks,
      signal: this.#stop.signal,
      cancelled,
    };
  }

  #track<Result>(tracked: Tracked, start: (cancelled: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    const work = start(controller.signal);
    this.#running.add(work);
    this.#cancellable.set(tracked.entryId, { ...tracked, controller, done: work });
    // The failure is recorded and logged by `execute`; a caller that does not wait must not crash the process.
    const done = () => {
      this.#running.delete(work);
      this.#cancellable.delete(tracked.entryId);
    };
    work.then(done, (error: unknown) => {
      done();
      if (!isContractError(error) && !(error instanceof Interrupted))
        this.#log.error(
          { err: error },
          'the end of an operation could not be recorded; the next start takes it up',
        );
    });
    return work;
  }
}

function objectsOf<Args>(
  operation: Pick<Operation<Args, unknown>, 'locks'>,
  objectId: string,
  args: Args,
): string[] {
  const own = operation.locks(args).filter(({ mode }) => mode === 'exclusive');
  return [objectId, ...own.map(({ key }) => key)];
}
