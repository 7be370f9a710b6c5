import type { FakeState } from './fakeState.ts';

/** Bytes in use, by pool. Kept beside the state, so that a create costs the same with ten volumes and ten thousand. */
export class Ledger {
  readonly #used = new Map<string, number>();

  constructor(state: FakeState) {
    for (const { pool, size } of [...Object.values(state.volumes), ...Object.values(state.snapshots)]) {
      this.add(pool, size);
    }
  }

  used(pool: string): number {
    return this.#used.get(pool) ?? 0;
  }

  /** Takes space; with a negative size, gives it back. */
  add(pool: string, size: number): void {
    this.#used.set(pool, this.used(pool) + size);
  }
}
