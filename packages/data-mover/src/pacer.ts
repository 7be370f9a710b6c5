/** One chunk should take about this long: cancelling has to work within 200 ms. */
const TARGET_MS = 40;

/** Sizes chunks by how long the last one took, between two bounds that are powers of two times each other. */
export class Pacer {
  #size: number;
  readonly #least: number;
  readonly #most: number;

  constructor(least: number, most: number) {
    this.#size = least;
    this.#least = least;
    this.#most = most;
  }

  /** Bytes of the next chunk. */
  get size(): number {
    return this.#size;
  }

  /** Runs a chunk and learns from its duration. */
  time<T>(chunk: () => T): T {
    const started = performance.now();
    const result = chunk();
    const took = performance.now() - started;
    if (took < TARGET_MS / 2) this.#size = Math.min(this.#size * 2, this.#most);
    else if (took > TARGET_MS * 2) this.#size = Math.max(this.#size / 2, this.#least);
    return result;
  }
}
