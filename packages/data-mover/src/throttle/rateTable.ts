const SLOTS = 512;
// Behind the slots' keys come their schedules.
const WORDS = 2 * SLOTS;
const FREE = 0n;
const NANOSECONDS = 1e9;
/** A task that was idle for longer than this may not catch up. */
const BURST_NS = 50_000_000n;

/**
 * When each device may be used next, in memory that all threads of a pool share: a token bucket per device without locks. Each
 * reservation moves the device's schedule by the time that its bytes take at the rate of the task that asks; so tasks with one
 * rate share it, whatever their number.
 */
export class RateTable {
  readonly #words: BigInt64Array;

  /** @param memory made by {@link RateTable.memory}, or that of another thread */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory);
  }

  /** Fresh memory. */
  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT);
  }

  /**
   * Where a device's schedule is. Beyond 511 devices in the life of a pool, further ones share the last.
   *
   * @param device a number that is never 0
   */
  slot(device: bigint): number {
    for (let slot = 0; slot < SLOTS - 1; slot += 1) {
      const found = Atomics.compareExchange(this.#words, slot, FREE, device);
      if (found === FREE || found === device) return slot;
    }
    return SLOTS - 1;
  }

  /** Reserves the device for `bytes` at `bytesPerSecond`. @returns milliseconds to wait before they may move */
  reserve(slot: number, bytes: number, bytesPerSecond: number): number {
    const duration = BigInt(Math.ceil((bytes / bytesPerSecond) * NANOSECONDS));
    const word = SLOTS + slot;
    for (;;) {
      // CLOCK_MONOTONIC: the same in all threads, as performance.now() is not.
      const now = process.hrtime.bigint();
      const scheduled = Atomics.load(this.#words, word);
      const start = scheduled > now - BURST_NS ? scheduled : now - BURST_NS;
      if (Atomics.compareExchange(this.#words, word, scheduled, start + duration) === scheduled)
        return Math.max(0, Number(start - now) / 1e6);
    }
  }
}
