import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import {
  type ListQuery,
  type Page,
  serviceProject,
  type VolumeRecord,
  type VolumeStatus,
} from '../model/index.ts';
import { sortValues } from './list.ts';
import { pageClauses, planPage, whereClause } from './page.ts';
import { pairsOf } from './pairRepository.ts';
import type { Schema } from './schema.ts';
import {
  changedColumns,
  rowToVolume,
  type VolumeChanges,
  volumeListSpec,
  volumeToRow,
} from './volumeRows.ts';

const countSchema = z.object({ count: z.int() });

/** What must additionally hold of a volume for its status to change, checked in the same statement. */
export type VolumeGuard =
  | 'no-snapshots'
  | 'no-attachments'
  | 'no-connections'
  | 'no-clone-under-way'
  | 'no-moment';

/** The service copies a snapshot of its own of the volume: whatever became of the clone's status meanwhile. */
const momentOf = sql`SELECT 1 FROM snapshots AS moment WHERE moment.volume_id = volumes.id AND moment.project_id = ${serviceProject} AND moment.status = 'creating'`;

const guards: Readonly<Record<VolumeGuard, RawBuilder<SqlBool>>> = {
  // Of the users': what the service has left of its own goes with the volume.
  'no-snapshots': sql`NOT EXISTS (SELECT 1 FROM snapshots AS s WHERE s.volume_id = volumes.id AND s.project_id <> ${serviceProject})`,
  'no-attachments': sql`NOT EXISTS (SELECT 1 FROM attachments AS a WHERE a.volume_id = volumes.id)`,
  'no-connections': sql`NOT EXISTS (SELECT 1 FROM connections AS c WHERE c.volume_id = volumes.id)`,
  'no-clone-under-way': sql`NOT EXISTS (SELECT 1 FROM volumes AS clone WHERE clone.source_volume_id = volumes.id AND clone.status = 'creating') AND NOT EXISTS (${momentOf})`,
  'no-moment': sql`NOT EXISTS (${momentOf})`,
};

const selection = sql`SELECT volumes.*, ${pairsOf('volume_metadata', 'volumes.id')} AS metadata,
  ${pairsOf('volume_image_metadata', 'volumes.id')} AS image_metadata FROM volumes`;

/** The table `volumes`. */
export class VolumeRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Adds a volume, without its metadata. */
  async insert(volume: VolumeRecord): Promise<void> {
    await this.#db.insertInto('volumes').values(volumeToRow(volume)).execute();
  }

  /** One volume, or undefined. */
  async find(id: string): Promise<VolumeRecord | undefined> {
    const { rows } = await sql`${selection} WHERE volumes.id = ${id}`.execute(this.#db);
    const [row] = rows;
    return row === undefined ? undefined : rowToVolume(row);
  }

  /** A page of volumes; of one project unless `projectId` is null. @throws ServiceError for a bad query. */
  async list(query: ListQuery, projectId: string | null): Promise<Page<VolumeRecord>> {
    const plan = await planPage(volumeListSpec, query, projectId, 'VolumeNotFound', (id, terms) =>
      sortValues(this.#db, volumeListSpec.table, id, terms, projectId),
    );
    const { rows } = await sql`${selection} ${pageClauses(plan)}`.execute(this.#db);
    const hasMore = query.limit !== null && rows.length > query.limit;
    return {
      items: (hasMore ? rows.slice(0, -1) : rows).map(rowToVolume),
      hasMore,
      total: () => this.#count(plan.conditions),
    };
  }

  /** All volumes in one of these statuses. */
  async inStatus(statuses: readonly VolumeStatus[]): Promise<VolumeRecord[]> {
    const { rows } = await sql`${selection} WHERE volumes.status IN (${sql.join([...statuses])})`.execute(
      this.#db,
    );
    return rows.map(rowToVolume);
  }

  /** Whether a volume is being made of this one. */
  async isBeingCloned(id: string): Promise<boolean> {
    const { rows } =
      await sql`SELECT 1 FROM volumes WHERE id = ${id} AND NOT (${guards['no-clone-under-way']})`.execute(
        this.#db,
      );
    return rows.length > 0;
  }

  /** Bytes promised per `host@backend#pool`. */
  async allocated(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#db
      .selectFrom('volumes')
      .select(({ fn }) => ['host', fn.sum<number>('size').as('total')])
      .where('host', 'is not', null)
      .where('status', '<>', 'error')
      .groupBy('host')
      .execute();
    return new Map(rows.map(({ host, total }) => [host ?? '', total]));
  }

  /** Count and bytes of a project's volumes, of all when null; without those that the service made for itself. */
  async usage(projectId: string | null): Promise<{ count: number; bytes: number }> {
    const { rows } = await sql`SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM volumes
      WHERE json_extract(admin_metadata, '$.temporary') IS NULL ${
        projectId === null ? sql`` : sql`AND project_id = ${projectId}`
      }`.execute(this.#db);
    return countSchema.extend({ bytes: z.number() }).parse(rows[0]);
  }

  /**
   * Compare-and-set: changes the volume only while its status is one of `from` and every guard of `when` holds, in one
   * statement. `remember` keeps the status it had as `previousStatus`.
   *
   * @returns whether it was changed; nothing happened otherwise.
   */
  async transition(
    id: string,
    from: readonly VolumeStatus[],
    changes: VolumeChanges,
    options: { readonly when?: readonly VolumeGuard[]; readonly remember?: boolean } = {},
  ): Promise<boolean> {
    const { when = [], remember = false } = options;
    const columns = { updated_at: new Date().toISOString(), ...changedColumns(changes) };
    let update = this.#db
      .updateTable('volumes')
      .set((eb) => (remember ? { ...columns, previous_status: eb.ref('status') } : columns))
      .where('id', '=', id)
      .where('status', 'in', [...from]);
    for (const guard of when) update = update.where(guards[guard]);
    const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Changes columns that are not the status. @returns false when the volume is gone. */
  async update(id: string, changes: Omit<VolumeChanges, 'status'>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('volumes')
      .set({ updated_at: new Date().toISOString(), ...changedColumns(changes) })
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Removes the record with its metadata, attachments and connections. */
  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('volumes').where('id', '=', id).execute();
  }

  async #count(conditions: readonly RawBuilder<SqlBool>[]): Promise<number> {
    const { rows } = await sql`SELECT count(*) AS count FROM volumes ${whereClause(conditions)}`.execute(
      this.#db,
    );
    return countSchema.parse(rows[0]).count;
  }
}
