import type { Logger } from 'pino';
import type { ProgressOperation, ProgressRecord, ProgressService } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** What a task says of itself; the shape that the data mover, images and backups report in. */
export interface Reported {
  readonly doneBytes: number;
  readonly totalBytes?: number | null | undefined;
}

/** Time between two writes of the same object's progress to the database. */
const RECORD_MS = 2_000;

/**
 * How far long work is, by the objects it is about: in memory for whoever asks, and now and then in the database, so that
 * a restart shows where it was until the work is taken up.
 */
export class ProgressBoard implements ProgressService {
  readonly #table: Tables['progress'];
  readonly #journal: Tables['journal'];
  readonly #log: Logger;
  readonly #known = new Map<string, ProgressRecord>();
  readonly #recordedAt = new Map<string, number>();
  /** Who may report on an object: the last one that began. */
  readonly #trackers = new Map<string, symbol>();

  constructor({
    state,
    log,
  }: { readonly state: Pick<Tables, 'progress' | 'journal'>; readonly log: Logger }) {
    this.#table = state.progress;
    this.#journal = state.journal;
    this.#log = log;
  }

  /** Takes up what an earlier run of the service has left of work that goes on; a kill may have left some of work that has ended. */
  async load(): Promise<void> {
    const unfinished = await this.#journal.unfinished();
    // The ids of all that an operation is about are in its arguments.
    const named = unfinished.map((each) => JSON.stringify([each.objectId, each.arguments])).join();
    for (const record of await this.#table.all()) {
      this.#known.set(record.objectId, record);
      if (!named.includes(record.objectId)) this.end([record.objectId]);
    }
  }

  of(objectId: string): ProgressRecord | undefined {
    return this.#known.get(objectId);
  }

  /**
   * Begins to show work on these objects (a backup and its volume, say). Whoever tracks also ends, see {@link end}.
   *
   * @returns what to call with each report; late or missing calls do no harm.
   */
  track(operation: ProgressOperation, objectIds: readonly string[]): (reported: Reported) => void {
    const tracker = Symbol(operation);
    for (const objectId of objectIds) this.#trackers.set(objectId, tracker);
    const report = ({ doneBytes, totalBytes = null }: Reported): void => {
      const updatedAt = new Date().toISOString();
      for (const objectId of objectIds) {
        // A report may come after the end of its task.
        if (this.#trackers.get(objectId) !== tracker) continue;
        this.#show({ objectId, operation, doneBytes, totalBytes, updatedAt });
      }
    };
    report({ doneBytes: 0 });
    return report;
  }

  /** The work on these objects is over, however it ended. Idempotent. */
  end(objectIds: readonly string[]): void {
    for (const objectId of objectIds) {
      this.#trackers.delete(objectId);
      if (!this.#known.delete(objectId)) continue;
      this.#recordedAt.delete(objectId);
      this.#quietly(this.#table.remove(objectId));
    }
  }

  #show(record: ProgressRecord): void {
    this.#known.set(record.objectId, record);
    const now = performance.now();
    const before = this.#recordedAt.get(record.objectId) ?? Number.NEGATIVE_INFINITY;
    if (now - before < RECORD_MS) return;
    this.#recordedAt.set(record.objectId, now);
    this.#quietly(this.#table.put(record));
  }

  /** A progress that cannot be written is only late; no work fails by it. */
  #quietly(write: Promise<void>): void {
    write.catch((error: unknown) => this.#log.debug({ err: error }, 'the progress could not be recorded'));
  }
}
