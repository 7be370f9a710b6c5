import { randomInt } from 'node:crypto';

/**
 * Chooses target ids. tgtd wants the caller to choose, and several processes may: a choice is a proposal, which tgtd refuses when
 * the id is taken. Ids grow, so that one that was just freed does not mean another target at once.
 */
export class TidAllocator {
  #last = 0;
  readonly #proposed = new Set<number>();

  /** The preferred id when it is free, the next unused one otherwise. */
  propose(inUse: ReadonlySet<number>, preferred: number): number {
    const isFree = preferred > 0 && !inUse.has(preferred) && !this.#proposed.has(preferred);
    const tid = isFree ? preferred : Math.max(this.#last, ...inUse) + 1;
    this.#last = Math.max(this.#last, tid);
    this.#proposed.add(tid);
    return tid;
  }

  /** An id that is likely to be free when its target is made: known before, it needs to be written down only once. */
  expect(inUse: ReadonlySet<number>): number {
    this.#last = Math.max(this.#last, ...inUse) + 1;
    return this.#last;
  }

  /** Steps ahead at random after a collision, so that two processes do not collide again and again. */
  skip(round: number): void {
    this.#last += randomInt(1 + round * 8);
  }

  /** The proposal was taken or refused: tgtd's own listing tells from now on. */
  settle(tid: number): void {
    this.#proposed.delete(tid);
  }
}
