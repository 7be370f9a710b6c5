import { fdatasync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { workerData } from 'node:worker_threads';
import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { ioError } from './ioError.ts';
import { untilCancelled } from './untilCancelled.ts';

/** A task that is killed loses about so much of its time, however fast it moves bytes: what ends sooner is flushed once, at its end, ... */
export const DEFAULT_CHECKPOINT_MS = 5_000;
/** ... or, where flushing is slow, so many times what a flush takes: a disk may do nothing else meanwhile, neither write nor read ... */
const FLUSHES = 20;
/** ... but never more than this. */
const MOST_MS = 30_000;

/** How long after the start of a flush that took `flushMs` the next one may start, in ms; at least `everyMs`. */
export function pauseAfter(flushMs: number, everyMs: number): number {
  return Math.max(everyMs, Math.min(flushMs * FLUSHES, MOST_MS));
}

/** What the pool of this thread was made with (`DataMoverOptions.checkpointMs`). */
const poolCheckpointMs = checkpointMsOf(workerData) ?? DEFAULT_CHECKPOINT_MS;

function checkpointMsOf(data: unknown): number | undefined {
  const ms =
    typeof data === 'object' && data !== null && 'checkpointMs' in data ? data.checkpointMs : undefined;
  return typeof ms === 'number' ? ms : undefined;
}

const fdatasyncAsync = promisify(fdatasync);

/**
 * Notes from time to time how much of a task is durable (`Progress.durableBytes`). The flush (fdatasync(2)) runs beside the thread that
 * moves the bytes, which only has to call `tick` now and then.
 */
export class Checkpoint {
  readonly #destination: Endpoint;
  readonly #control: TaskControl;
  #startedAt = performance.now();
  #everyMs = poolCheckpointMs;
  #startedAtBytes: number;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #released = false;

  /** @param from bytes that are durable already */
  constructor(destination: Endpoint, control: TaskControl, from: number) {
    this.#destination = destination;
    this.#control = control;
    this.#startedAtBytes = from;
  }

  /**
   * Starts a flush when it is time to, and notices the end of the one before.
   *
   * @param prefix everything before it, from the start of the range, was written
   * @throws DataMoverError NO_SPACE or IO_ERROR (write-back failed)
   */
  async tick(prefix: number): Promise<void> {
    // The thread's event loop has to turn, or the end of the flush would never be seen.
    if (this.#running !== undefined) await turn();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#running !== undefined || prefix <= this.#startedAtBytes) return;
    const now = performance.now();
    if (now - this.#startedAt < this.#everyMs) return;
    this.#startedAt = now;
    this.#startedAtBytes = prefix;
    this.#running = this.#flush(prefix);
  }

  /** Waits for the flush under way. Two at once on one descriptor would have one of them miss the other's error. @throws DataMoverError as `tick`, or CANCELLED */
  async end(): Promise<void> {
    if (this.#running !== undefined) await untilCancelled(this.#running, this.#control);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Keeps the descriptor open for a flush that still goes on; it does not count any more. A failed write-back is told to one of the
   * calls on a descriptor only: what ended the task may have taken the error away from the flush.
   */
  release(): void {
    this.#released = true;
    if (this.#running !== undefined) this.#destination.keepOpenFor(this.#running);
  }

  async #flush(prefix: number): Promise<void> {
    try {
      await fdatasyncAsync(this.#destination.fd);
      this.#everyMs = pauseAfter(performance.now() - this.#startedAt, poolCheckpointMs);
      if (!this.#released) this.#control.reachDurable(prefix);
    } catch (error) {
      this.#failure = ioError(this.#destination, undefined, this.#control, error);
    } finally {
      this.#running = undefined;
    }
  }
}
