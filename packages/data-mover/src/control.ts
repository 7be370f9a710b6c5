import { DataMoverError } from './errors.ts';

const STATE = 0;
const CANCEL = 1;
const QUEUED = 0;
const RUNNING = 1;
const WITHDRAWN = 2;
// In units of 8 bytes, behind the two words above.
const DONE_BYTES = 1;
const DURABLE_BYTES = 2;

/**
 * The memory that a task shares with whoever asked for it: a cancel flag one way, progress the other. Aborting a Piscina task instead
 * would end its thread without running any `finally`.
 */
export class TaskControl {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #counts: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(24)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
    this.#counts = new BigInt64Array(buffer);
  }

  /** Asks the task to end at its next chunk. @returns true when it had not begun, and now never will */
  cancel(): boolean {
    Atomics.store(this.#words, CANCEL, 1);
    Atomics.notify(this.#words, CANCEL);
    return Atomics.compareExchange(this.#words, STATE, QUEUED, WITHDRAWN) === QUEUED;
  }

  /** Marks the task as begun. @throws DataMoverError CANCELLED when it was withdrawn before */
  begin(): void {
    if (Atomics.compareExchange(this.#words, STATE, QUEUED, RUNNING) === WITHDRAWN) this.throwIfCancelled();
  }

  get cancelled(): boolean {
    return Atomics.load(this.#words, CANCEL) !== 0;
  }

  /** @throws DataMoverError CANCELLED */
  throwIfCancelled(): void {
    if (this.cancelled) throw new DataMoverError('CANCELLED', 'cancelled', { doneBytes: this.doneBytes });
  }

  /** Blocks this thread for that long, or until the task is cancelled. @throws DataMoverError CANCELLED */
  sleep(ms: number): void {
    if (ms > 0) Atomics.wait(this.#words, CANCEL, 0, ms);
    this.throwIfCancelled();
  }

  /** Bytes of the range that are dealt with. */
  get doneBytes(): number {
    return Number(Atomics.load(this.#counts, DONE_BYTES));
  }

  /** Bytes from the start of the range, without a gap, that are durable. */
  get durableBytes(): number {
    return Number(Atomics.load(this.#counts, DURABLE_BYTES));
  }

  /** Notes that everything before `position` (from the start of the range) is durable. */
  reachDurable(position: number): void {
    Atomics.store(this.#counts, DURABLE_BYTES, BigInt(position));
  }

  /** Notes that so many more bytes are dealt with. */
  advance(bytes: number): void {
    Atomics.add(this.#counts, DONE_BYTES, BigInt(bytes));
  }
}
