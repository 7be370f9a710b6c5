/** Lets one caller per key in; the others wait in order. */
export class KeyedMutex {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs `work` while holding a key, or all of several. They are taken in one order, so that two callers cannot wait for each other.
   *
   * @throws what `work` throws; the next holder only waits for its end
   */
  async run<T>(keys: string | readonly string[], work: () => Promise<T>): Promise<T> {
    const [first, ...rest] = typeof keys === 'string' ? [keys] : [...new Set(keys)].sort();
    if (first === undefined) return work();
    const previous = this.#tails.get(first) ?? Promise.resolve();
    const { promise: mine, resolve: release } = Promise.withResolvers<void>();
    const tail = previous.then(() => mine);
    this.#tails.set(first, tail);
    await previous;
    try {
      return await this.run(rest, work);
    } finally {
      release();
      if (this.#tails.get(first) === tail) this.#tails.delete(first);
    }
  }
}
