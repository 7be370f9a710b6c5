import { type Kysely, type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Schema } from './schema.ts';

/** Tables that hold the key-value pairs of an owner. */
export type PairTable =
  | 'volume_metadata'
  | 'volume_image_metadata'
  | 'snapshot_metadata'
  | 'snapshot_image_metadata'
  | 'backup_metadata'
  | 'volume_type_extra_specs';

const pairsSchema = z.record(z.string(), z.string());

/** Parses the pairs of an owner, as {@link pairsOf} selects them. */
export function parsePairs(text: string): Readonly<Record<string, string>> {
  return pairsSchema.parse(JSON.parse(text));
}

/** An expression: all pairs of the owner as one JSON object, so that a list needs one query. */
export function pairsOf(table: PairTable, ownerColumn: string): RawBuilder<string> {
  return sql<string>`(SELECT json_group_object(key, value) FROM ${sql.table(table)} WHERE owner_id = ${sql.ref(ownerColumn)})`;
}

/** Key-value pairs of volumes, snapshots, backups or types. */
export class PairRepository {
  readonly #db: Kysely<Schema>;
  readonly #table: PairTable;

  constructor(db: Kysely<Schema>, table: PairTable) {
    this.#db = db;
    this.#table = table;
  }

  /** All pairs of an owner. */
  async of(ownerId: string): Promise<Readonly<Record<string, string>>> {
    const rows = await this.#db
      .selectFrom(this.#table)
      .select(['key', 'value'])
      .where('owner_id', '=', ownerId)
      .execute();
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  }

  /** Adds or overwrites pairs. */
  async merge(ownerId: string, pairs: Readonly<Record<string, string>>): Promise<void> {
    const values = Object.entries(pairs).map(([key, value]) => ({ owner_id: ownerId, key, value }));
    if (values.length === 0) return;
    await this.#db
      .insertInto(this.#table)
      .values(values)
      .onConflict((conflict) =>
        conflict.columns(['owner_id', 'key']).doUpdateSet({ value: sql.ref('excluded.value') }),
      )
      .execute();
  }

  /** Makes the pairs exactly these. */
  async replace(ownerId: string, pairs: Readonly<Record<string, string>>): Promise<void> {
    await this.#db.deleteFrom(this.#table).where('owner_id', '=', ownerId).execute();
    await this.merge(ownerId, pairs);
  }

  /** Removes one pair; false when it is not there. */
  async remove(ownerId: string, key: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom(this.#table)
      .where('owner_id', '=', ownerId)
      .where('key', '=', key)
      .executeTakeFirstOrThrow();
    return numDeletedRows > 0n;
  }
}
