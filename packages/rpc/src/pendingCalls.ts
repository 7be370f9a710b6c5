import type { CallOutcome } from './errors.ts';
import type { RpcId } from './message.ts';

/** How an outgoing call can end, and what is told of its progress. */
export interface PendingCall {
  readonly method: string;
  /** What can be said of its effect when no answer comes any more. */
  outcome(): CallOutcome;
  resolve(result: unknown): void;
  reject(error: Error): void;
  progress(report: unknown): void;
}

/** What is known about the id of a response. */
export type Claim =
  | { state: 'pending'; call: PendingCall }
  | { state: 'abandoned' }
  | { state: 'answered' }
  | { state: 'unknown' };

/** Gave-up ids that are remembered one by one; older ones are covered by a single mark. */
const maxAbandoned = 16_384;

/** Outgoing calls by id. Ids are handed out in rising order, which is what makes a late answer tellable from junk. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  readonly #abandoned = new Set<number>();
  #lastId = 0;
  #forgottenUpTo = 0;

  get size(): number {
    return this.#calls.size;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  add(id: number, call: PendingCall): void {
    this.#calls.set(id, call);
  }

  get(id: RpcId): PendingCall | undefined {
    return typeof id === 'number' ? this.#calls.get(id) : undefined;
  }

  /** The caller no longer waits, the peer may still answer. */
  abandon(id: number): void {
    if (!this.#calls.delete(id)) return;
    this.#abandoned.add(id);
    if (this.#abandoned.size <= maxAbandoned) return;
    for (const oldest of this.#abandoned) {
      this.#abandoned.delete(oldest);
      this.#forgottenUpTo = Math.max(this.#forgottenUpTo, oldest);
      break;
    }
  }

  /** The call was never sent, so no answer may come. */
  remove(id: number): void {
    this.#calls.delete(id);
  }

  /** Takes the call that a response with this id answers. */
  claim(id: RpcId): Claim {
    if (typeof id !== 'number') return { state: 'unknown' };
    const call = this.#calls.get(id);
    if (call !== undefined) {
      this.#calls.delete(id);
      return { state: 'pending', call };
    }
    if (this.#abandoned.delete(id) || (id > 0 && id <= this.#forgottenUpTo)) return { state: 'abandoned' };
    return { state: id > 0 && id <= this.#lastId ? 'answered' : 'unknown' };
  }

  /** Empties the table and returns what was in it. */
  takeAll(): PendingCall[] {
    const all = [...this.#calls.values()];
    this.#calls.clear();
    return all;
  }
}
