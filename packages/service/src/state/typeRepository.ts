import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { VolumeTypeRecord } from '../model/index.ts';
import { pairsOf, parsePairs } from './pairRepository.ts';
import { type Schema, volumeTypeRowSchema } from './schema.ts';

const typeWithSpecsSchema = volumeTypeRowSchema.extend({ extra_specs: z.string() });
const selection = sql`SELECT volume_types.*, ${pairsOf('volume_type_extra_specs', 'volume_types.id')} AS extra_specs FROM volume_types`;

/** The table `volume_types`. */
export class TypeRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Adds a type, without its extra specs. @returns false when the name is taken. */
  async insert(type: VolumeTypeRecord): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('volume_types')
      .values({
        id: type.id,
        name: type.name,
        description: type.description,
        is_public: type.isPublic ? 1 : 0,
        created_at: new Date().toISOString(),
      })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirstOrThrow();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** A type by id, else by name. */
  async find(idOrName: string): Promise<VolumeTypeRecord | undefined> {
    const { rows } =
      await sql`${selection} WHERE volume_types.id = ${idOrName} OR volume_types.name = ${idOrName}
      ORDER BY (volume_types.id = ${idOrName}) DESC LIMIT 1`.execute(this.#db);
    const [row] = rows;
    return row === undefined ? undefined : rowToType(row);
  }

  /** All types, newest first. */
  async list(): Promise<VolumeTypeRecord[]> {
    const { rows } =
      await sql`${selection} ORDER BY volume_types.created_at DESC, volume_types.id DESC`.execute(this.#db);
    return rows.map(rowToType);
  }

  /** Changes a type. @returns false when it is gone. */
  async update(
    id: string,
    change: { readonly name?: string; readonly description?: string | null; readonly isPublic?: boolean },
  ): Promise<boolean> {
    const columns = {
      ...(change.name !== undefined && { name: change.name }),
      ...(change.description !== undefined && { description: change.description }),
      ...(change.isPublic !== undefined && { is_public: change.isPublic ? (1 as const) : (0 as const) }),
    };
    if (Object.keys(columns).length === 0) return (await this.find(id)) !== undefined;
    const { numUpdatedRows } = await this.#db
      .updateTable('volume_types')
      .set(columns)
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Whether a volume is of this type. */
  async inUse(id: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('volumes')
      .select('id')
      .where('volume_type_id', '=', id)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** Removes a type with its extra specs. */
  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('volume_types').where('id', '=', id).execute();
  }
}

function rowToType(input: unknown): VolumeTypeRecord {
  const row = typeWithSpecsSchema.parse(input);
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    isPublic: row.is_public === 1,
    extraSpecs: parsePairs(row.extra_specs),
  };
}
