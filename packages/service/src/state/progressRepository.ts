import type { Kysely } from 'kysely';
import type { ProgressRecord } from '../model/index.ts';
import { progressRowSchema, type Schema } from './schema.ts';

/** The table `progress`: how far work was when it was last written down. */
export class ProgressRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** All of it: one row per object that is worked on. */
  async all(): Promise<ProgressRecord[]> {
    const rows = await this.#db.selectFrom('progress').selectAll().execute();
    return rows.map((input) => {
      const row = progressRowSchema.parse(input);
      return {
        objectId: row.object_id,
        operation: row.operation,
        doneBytes: row.done_bytes,
        totalBytes: row.total_bytes,
        updatedAt: row.updated_at,
      };
    });
  }

  /** Writes an object's progress over what was there. */
  async put(record: ProgressRecord): Promise<void> {
    const {
      objectId,
      operation,
      doneBytes: done_bytes,
      totalBytes: total_bytes,
      updatedAt: updated_at,
    } = record;
    const values = { operation, done_bytes, total_bytes, updated_at };
    await this.#db
      .insertInto('progress')
      .values({ object_id: objectId, ...values })
      .onConflict((conflict) => conflict.column('object_id').doUpdateSet(values))
      .execute();
  }

  /** Forgets an object's. */
  async remove(objectId: string): Promise<void> {
    await this.#db.deleteFrom('progress').where('object_id', '=', objectId).execute();
  }
}
