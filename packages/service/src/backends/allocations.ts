/** A promise of capacity that the backend's figures may not show yet. */
export interface Allocation {
  readonly pool: string;
  readonly bytes: number;
  /** The volume is there: figures that are asked for from now on include it. */
  settle(): void;
  /** The volume was not made after all. */
  release(): void;
}

interface Entry {
  readonly pool: string;
  readonly bytes: number;
  settledAt: number | null;
}

/** Capacity promised since the last figures, so that a burst of creates does not overshoot a pool. */
export class Allocations {
  readonly #entries = new Set<Entry>();

  /** Promises `bytes` of a pool. */
  add(pool: string, bytes: number): Allocation {
    const entry: Entry = { pool, bytes, settledAt: null };
    this.#entries.add(entry);
    return {
      pool,
      bytes,
      settle: () => {
        entry.settledAt = performance.now();
      },
      release: () => {
        this.#entries.delete(entry);
      },
    };
  }

  /** Bytes promised of a pool that its figures do not show. */
  pending(pool: string): number {
    let sum = 0;
    for (const entry of this.#entries) if (entry.pool === pool) sum += entry.bytes;
    return sum;
  }

  /** Forgets what figures asked for at `askedAt` (performance.now()) already include. */
  refreshed(askedAt: number): void {
    for (const entry of this.#entries) {
      if (entry.settledAt !== null && entry.settledAt <= askedAt) this.#entries.delete(entry);
    }
  }
}
