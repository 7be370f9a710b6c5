/**
 * Work that goes on at once and fails as one: the first error cancels the rest, and is what the caller sees once all of it has ended.
 */
export class TaskGroup {
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<void>>();
  /** Ends when the caller cancels or a piece of work fails. */
  readonly signal: AbortSignal;
  #failure: { readonly error: unknown } | undefined;

  constructor(signal?: AbortSignal) {
    this.signal = signal === undefined ? this.#abort.signal : AbortSignal.any([signal, this.#abort.signal]);
  }

  /** Starts a piece of work. The promise ends with it and never rejects. */
  add(work: () => Promise<void>): Promise<void> {
    const running = work()
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  /** Ends all work because of an error that happened elsewhere. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#abort.abort(error);
  }

  /** Whether a piece of work has failed. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Waits for everything. @throws the first error */
  async done(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** At most so many pieces of a group's work at once. */
export class Lane {
  readonly #group: TaskGroup;
  readonly #most: number;
  readonly #running = new Set<Promise<void>>();

  constructor(group: TaskGroup, most: number) {
    this.#group = group;
    this.#most = most;
  }

  /** Starts a piece of work. Call {@link Lane.room} before. */
  add(work: () => Promise<void>): void {
    const running = this.#group.add(work).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until one more may start. @throws the group's first error */
  async room(): Promise<void> {
    while (this.#running.size >= this.#most && !this.#group.failed) await Promise.race(this.#running);
    if (this.#group.failed) await this.#group.done();
  }

  /** Waits until none runs. @throws the group's first error */
  async empty(): Promise<void> {
    while (this.#running.size > 0 && !this.#group.failed) await Promise.race(this.#running);
    if (this.#group.failed) await this.#group.done();
  }
}
