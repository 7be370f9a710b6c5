import type { Kysely } from 'kysely';
import { z } from 'zod';
import {
  type JournalEntryRow,
  type JournalStepRow,
  journalEntryRowSchema,
  journalStepRowSchema,
  type Schema,
} from './schema.ts';

/** A journal entry: the intent of one operation and how far it is. */
export interface JournalEntry {
  readonly id: number;
  readonly kind: string;
  readonly objectId: string;
  readonly requestId: string;
  readonly arguments: unknown;
  readonly steps: readonly string[];
  readonly state: JournalEntryRow['state'];
  /** 1 for the first run; each recovery after a crash adds one. */
  readonly run: number;
  /** Why it failed, for people. */
  readonly failure: string | null;
  /** The contract's code of the failure; set before the first undo. */
  readonly failureCode: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

/** One step of an entry, as recorded. */
export type JournalStep = JournalStepRow;

/** The tables `journal_entries` and `journal_steps`. */
export class JournalRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Writes an intent. @returns its id. */
  async open(
    intent: Pick<JournalEntry, 'kind' | 'objectId' | 'requestId' | 'arguments' | 'steps'>,
  ): Promise<number> {
    const { id } = await this.#db
      .insertInto('journal_entries')
      .values({
        kind: intent.kind,
        object_id: intent.objectId,
        request_id: intent.requestId,
        arguments: JSON.stringify(intent.arguments),
        steps: JSON.stringify(intent.steps),
        state: 'running',
        run: 1,
        failure: null,
        failure_code: null,
        started_at: new Date().toISOString(),
        finished_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  /** Records that a step starts, or starts anew. */
  async startStep(entryId: number, position: number, name: string): Promise<void> {
    const started_at = new Date().toISOString();
    await this.#db
      .insertInto('journal_steps')
      .values({ entry_id: entryId, position, name, state: 'started', started_at, finished_at: null })
      .onConflict((conflict) =>
        conflict
          .columns(['entry_id', 'position'])
          .doUpdateSet({ state: 'started', started_at, finished_at: null }),
      )
      .execute();
  }

  /** Records how a step ended, whether or not its start is on record. */
  async endStep(
    entryId: number,
    position: number,
    name: string,
    state: Exclude<JournalStepRow['state'], 'started'>,
  ): Promise<void> {
    const finished_at = new Date().toISOString();
    await this.#db
      .insertInto('journal_steps')
      .values({ entry_id: entryId, position, name, state, started_at: finished_at, finished_at })
      .onConflict((conflict) =>
        conflict.columns(['entry_id', 'position']).doUpdateSet({ state, finished_at }),
      )
      .execute();
  }

  /** Records that the effects of an entry are being undone, and why. */
  async beginUndo(entryId: number, code: string, failure: string): Promise<void> {
    await this.#db
      .updateTable('journal_entries')
      .set({ state: 'undoing', failure, failure_code: code })
      .where('id', '=', entryId)
      .execute();
  }

  /** Closes an entry. */
  async close(entryId: number, state: 'done' | 'failed', failure: string | null): Promise<void> {
    await this.#db
      .updateTable('journal_entries')
      .set({ state, failure, finished_at: new Date().toISOString() })
      .where('id', '=', entryId)
      .execute();
  }

  /** Counts one more run of an unfinished entry. */
  async rerun(entryId: number): Promise<void> {
    await this.#db
      .updateTable('journal_entries')
      .set((eb) => ({ run: eb('run', '+', 1) }))
      .where('id', '=', entryId)
      .execute();
  }

  /** Entries that a stop or a crash left unfinished, oldest first. */
  async unfinished(): Promise<JournalEntry[]> {
    const rows = await this.#db
      .selectFrom('journal_entries')
      .selectAll()
      .where('state', 'in', ['running', 'undoing'])
      .orderBy('id')
      .execute();
    return rows.map(rowToEntry);
  }

  /** Entries of one object, oldest first. */
  async ofObject(objectId: string): Promise<JournalEntry[]> {
    const rows = await this.#db
      .selectFrom('journal_entries')
      .selectAll()
      .where('object_id', '=', objectId)
      .orderBy('id')
      .execute();
    return rows.map(rowToEntry);
  }

  /** Recorded steps of an entry, in order. */
  async stepsOf(entryId: number): Promise<JournalStep[]> {
    const rows = await this.#db
      .selectFrom('journal_steps')
      .selectAll()
      .where('entry_id', '=', entryId)
      .orderBy('position')
      .execute();
    return rows.map((row) => journalStepRowSchema.parse(row));
  }

  /** Removes entries that ended before `before` (ISO 8601). @returns how many, at most `limit`. */
  async prune(before: string, limit: number): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('journal_entries')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('journal_entries')
          .select('id')
          .where('finished_at', 'is not', null)
          .where('finished_at', '<', before)
          // What was left half written must not be forgotten while it is there.
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(
                selectFrom('dirty_destinations')
                  .select('entry_id')
                  .whereRef('entry_id', '=', 'journal_entries.id'),
              ),
            ),
          )
          .limit(limit),
      )
      .executeTakeFirstOrThrow();
    return Number(numDeletedRows);
  }
}

function rowToEntry(input: JournalEntryRow): JournalEntry {
  const row = journalEntryRowSchema.parse(input);
  return {
    id: row.id,
    kind: row.kind,
    objectId: row.object_id,
    requestId: row.request_id,
    arguments: JSON.parse(row.arguments),
    steps: z.array(z.string()).parse(JSON.parse(row.steps)),
    state: row.state,
    run: row.run,
    failure: row.failure,
    failureCode: row.failure_code,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}
