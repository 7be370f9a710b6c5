import type { TaskControl } from '../control.ts';
import { DataMoverError } from '../errors.ts';

/** What happened to bytes of a copy. */
export type CopyKind = 'reflink' | 'copy_file_range' | 'read-write' | 'skipped' | 'zeroed';

/** A piece of the range that one thread copies, from the start of the range. */
export interface Unit {
  readonly start: number;
  readonly end: number;
}

const kinds: readonly CopyKind[] = ['reflink', 'copy_file_range', 'read-write', 'skipped', 'zeroed'];
const MOST_SHARDS = 8;
// 32-bit words.
const STATE = 0;
const FAILED = 1;
const DISMISSED = 2;
const CHANGES = 3;
const PENDING = 0;
const OPEN = 1;
const CLOSED = 2;
// 64-bit words, behind those.
const BASE = 2;
const LENGTH = 3;
const UNIT = 4;
const NEXT = 5;
const COUNTS = 6;
const POSITIONS = COUNTS + 5;
const WORDS = POSITIONS + MOST_SHARDS;
/** Position of a thread that copies nothing. Positions below are where everything before was done by it. */
const IDLE = BigInt(Number.MAX_SAFE_INTEGER);
const WAIT_MS = 50;

/**
 * Divides a copy among threads: memory that they share. Units are taken in order, so everything before the earliest unit at work is
 * done, and that is all there is to know for a copy that can be resumed. Shard 0 leads: it opens the board and finishes the copy.
 */
export class ShardBoard {
  readonly #words: Int32Array;
  readonly #numbers: BigInt64Array;
  readonly #shard: number;

  /** @param memory made by {@link ShardBoard.memory}, shared by all threads of one copy */
  constructor(memory: SharedArrayBuffer, shard: number) {
    this.#words = new Int32Array(memory);
    this.#numbers = new BigInt64Array(memory);
    this.#shard = shard;
  }

  /** Fresh memory for one copy. */
  static memory(): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(WORDS * BigInt64Array.BYTES_PER_ELEMENT);
    new BigInt64Array(memory).fill(IDLE, POSITIONS);
    return memory;
  }

  /** Lets all shards begin: bytes from `base` to `length` are to be copied in units of `unit`. */
  open(base: number, length: number, unit: number): void {
    for (const [word, value] of [
      [BASE, base],
      [LENGTH, length],
      [UNIT, unit],
    ] as const)
      Atomics.store(this.#numbers, word, BigInt(value));
    this.#setState(OPEN);
  }

  /** No more units: whoever waits for the board to open goes home. */
  close(): void {
    this.#setState(CLOSED);
  }

  /** Blocks until the board is open. @returns false when it was closed instead @throws DataMoverError CANCELLED */
  awaitOpen(control: TaskControl): boolean {
    while (Atomics.load(this.#words, STATE) === PENDING) {
      control.throwIfCancelled();
      Atomics.wait(this.#words, STATE, PENDING, WAIT_MS);
    }
    return Atomics.load(this.#words, STATE) === OPEN;
  }

  /** Has helpers leave after their unit: another task needs the thread. */
  dismissHelpers(): void {
    Atomics.store(this.#words, DISMISSED, 1);
  }

  /** Has all shards stop, because one failed. */
  fail(): void {
    Atomics.store(this.#words, FAILED, 1);
    this.#changed();
  }

  /** @throws DataMoverError WORKER_FAILED when another shard failed */
  throwIfFailed(): void {
    if (Atomics.load(this.#words, FAILED) === 1)
      throw new DataMoverError('WORKER_FAILED', 'another thread of this copy failed');
  }

  /** The next unit for this shard; undefined when nothing is left for it. @throws DataMoverError when another shard failed */
  take(): Unit | undefined {
    this.throwIfFailed();
    if (this.#shard > 0 && Atomics.load(this.#words, DISMISSED) === 1) return this.#idle();
    // Not later than the unit about to be taken, so that nobody believes it done in between.
    this.#setPosition(this.#boundary(Atomics.load(this.#numbers, NEXT)));
    const taken = Atomics.add(this.#numbers, NEXT, 1n);
    const start = this.#boundary(taken);
    if (start >= this.#length) return this.#idle();
    this.#setPosition(start);
    return { start, end: Math.min(this.#boundary(taken + 1n), this.#length) };
  }

  /** Takes the whole units up to `position` too, if no other shard has taken one since. @returns the unit, longer or as it was */
  extend({ start, end }: Unit, position: number): Unit {
    const next = Atomics.load(this.#numbers, NEXT);
    const wanted = BigInt(
      Math.floor((Math.min(position, this.#length) - this.#number(BASE)) / this.#number(UNIT)),
    );
    if (this.#boundary(next) !== end || wanted <= next) return { start, end };
    if (Atomics.compareExchange(this.#numbers, NEXT, next, wanted) !== next) return { start, end };
    return { start, end: this.#boundary(wanted) };
  }

  /** Notes that this shard is through with the next `bytes` of its unit. */
  account(kind: CopyKind, bytes: number): void {
    const value = BigInt(bytes);
    Atomics.add(this.#numbers, COUNTS + kinds.indexOf(kind), value);
    if (this.#numbers[POSITIONS + this.#shard] !== IDLE)
      Atomics.add(this.#numbers, POSITIONS + this.#shard, value);
  }

  /** Bytes that this kind of thing happened to, by all shards. */
  count(kind: CopyKind): number {
    return this.#number(COUNTS + kinds.indexOf(kind));
  }

  /** Everything from the start of the range to here is done (though not durable). */
  get prefix(): number {
    // First the units not yet taken: one that is taken after this has its position noted already.
    let least = Math.min(this.#boundary(Atomics.load(this.#numbers, NEXT)), this.#length);
    for (let shard = 0; shard < MOST_SHARDS; shard += 1)
      least = Math.min(least, this.#number(POSITIONS + shard));
    return least;
  }

  /** Blocks until all other shards are through with their units. @throws DataMoverError CANCELLED, or when another shard failed */
  awaitOthers(control: TaskControl): void {
    for (;;) {
      const changes = Atomics.load(this.#words, CHANGES);
      this.throwIfFailed();
      if (this.prefix >= this.#length) return;
      control.throwIfCancelled();
      Atomics.wait(this.#words, CHANGES, changes, WAIT_MS);
    }
  }

  #idle(): undefined {
    Atomics.store(this.#numbers, POSITIONS + this.#shard, IDLE);
    this.#changed();
    return undefined;
  }

  #boundary(unit: bigint): number {
    return this.#number(BASE) + Number(unit) * this.#number(UNIT);
  }

  get #length(): number {
    return this.#number(LENGTH);
  }

  #setPosition(position: number): void {
    Atomics.store(this.#numbers, POSITIONS + this.#shard, BigInt(position));
  }

  #number(word: number): number {
    return Number(Atomics.load(this.#numbers, word));
  }

  #setState(state: number): void {
    Atomics.store(this.#words, STATE, state);
    Atomics.notify(this.#words, STATE);
  }

  #changed(): void {
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
  }
}
