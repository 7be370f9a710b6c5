import { Checkpoint } from '../checkpoint.ts';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { flush } from '../flush.ts';
import type { BlockWriter } from './blockWriter.ts';
import type { WipeResult } from './request.ts';

const MOST_SEAMS = 32;

/** How a piece of a range was wiped. */
export type WipeMethod = Exclude<WipeResult['method'], 'none'>;

const methods: readonly WipeMethod[] = ['discard', 'zero-range', 'write-zeroes', 'write', 'shred'];

/** A wipe under way. Positions are in the target, in bytes. */
export class WipeJob {
  readonly target: Endpoint;
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
  readonly control: TaskControl;
  readonly writer: BlockWriter;
  /** Bytes wiped by each method. */
  readonly wiped: Record<WipeMethod, number> = {
    discard: 0,
    'zero-range': 0,
    'write-zeroes': 0,
    write: 0,
    shred: 0,
  };
  /** Some of the places where one call ended and the next began: where it goes wrong if it goes wrong. */
  readonly seams: number[] = [];
  #pieces = 0;
  #checkpoint: Checkpoint;

  /** @param resumeFrom bytes from the start of the range that an earlier run made durable */
  constructor(parts: Pick<WipeJob, 'target' | 'first' | 'last' | 'control' | 'writer'>, resumeFrom: number) {
    this.target = parts.target;
    this.first = parts.first;
    this.last = parts.last;
    this.control = parts.control;
    this.writer = parts.writer;
    this.#checkpoint = new Checkpoint(parts.target, parts.control, resumeFrom);
    this.control.advance(resumeFrom);
    this.control.reachDurable(resumeFrom);
  }

  /** Notes that `start` to `end` is wiped, as everything before it. */
  async done(method: WipeMethod, start: number, end: number): Promise<void> {
    this.wiped[method] += end - start;
    this.#noteSeam(end);
    await this.passed(start, end);
  }

  /** As {@link done}, of what there was nothing to wipe in. */
  async passed(start: number, end: number): Promise<void> {
    this.control.advance(end - start);
    await this.#checkpoint.tick(end - this.first);
  }

  /** Makes all of the range durable. @throws DataMoverError */
  async makeDurable(): Promise<void> {
    await this.#checkpoint.end();
    await flush(this.target, this.control);
    this.control.reachDurable(this.last - this.first);
  }

  /** Keeps the target open for a flush that still goes on. */
  release(): void {
    this.#checkpoint.release();
  }

  /** Begins anew, with nothing done. */
  restart(): void {
    this.control.advance(-this.control.doneBytes);
    this.control.reachDurable(0);
    this.#checkpoint = new Checkpoint(this.target, this.control, 0);
    for (const method of methods) this.wiped[method] = 0;
  }

  /** The method that wiped most. */
  get mainMethod(): WipeResult['method'] {
    return methods.reduce<WipeResult['method']>(
      (best, method) => (this.wiped[method] > (best === 'none' ? 0 : this.wiped[best]) ? method : best),
      'none',
    );
  }

  /** Reservoir sampling: each seam has the same chance. */
  #noteSeam(position: number): void {
    this.#pieces += 1;
    if (this.seams.length < MOST_SEAMS) {
      this.seams.push(position);
      return;
    }
    const slot = Math.floor(Math.random() * this.#pieces);
    if (slot < MOST_SEAMS) this.seams[slot] = position;
  }
}
