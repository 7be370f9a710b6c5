import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import type { ListQuery, Page, SnapshotRecord, SnapshotStatus } from '../model/index.ts';
import { sortValues } from './list.ts';
import { pageClauses, planPage, whereClause } from './page.ts';
import { pairsOf } from './pairRepository.ts';
import type { Schema } from './schema.ts';
import {
  changedSnapshotColumns,
  rowToSnapshot,
  type SnapshotChanges,
  snapshotListSpec,
  snapshotToRow,
} from './snapshotRows.ts';

const countSchema = z.object({ count: z.int() });

/** What must additionally hold of a snapshot for its status to change. */
export type SnapshotGuard = 'no-volume-under-way';

const guards: Readonly<Record<SnapshotGuard, RawBuilder<SqlBool>>> = {
  'no-volume-under-way': sql`NOT EXISTS (SELECT 1 FROM volumes AS v WHERE v.snapshot_id = snapshots.id AND v.status = 'creating')`,
};

const selection = sql`SELECT snapshots.*, ${pairsOf('snapshot_metadata', 'snapshots.id')} AS metadata FROM snapshots`;

/** The table `snapshots`. */
export class SnapshotRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Adds a snapshot, without its metadata. */
  async insert(snapshot: SnapshotRecord): Promise<void> {
    await this.#db.insertInto('snapshots').values(snapshotToRow(snapshot)).execute();
  }

  /** One snapshot, or undefined. */
  async find(id: string): Promise<SnapshotRecord | undefined> {
    const { rows } = await sql`${selection} WHERE snapshots.id = ${id}`.execute(this.#db);
    const [row] = rows;
    return row === undefined ? undefined : rowToSnapshot(row);
  }

  /** All snapshots of a volume, oldest first. */
  async ofVolume(volumeId: string): Promise<SnapshotRecord[]> {
    const { rows } =
      await sql`${selection} WHERE snapshots.volume_id = ${volumeId} ORDER BY snapshots.created_at, snapshots.rowid`.execute(
        this.#db,
      );
    return rows.map(rowToSnapshot);
  }

  /** All snapshots of a project, oldest first. */
  async ofProject(projectId: string): Promise<SnapshotRecord[]> {
    const { rows } =
      await sql`${selection} WHERE snapshots.project_id = ${projectId} ORDER BY snapshots.created_at, snapshots.rowid`.execute(
        this.#db,
      );
    return rows.map(rowToSnapshot);
  }

  /** A page of snapshots; of one project unless `projectId` is null. @throws ServiceError for a bad query. */
  async list(query: ListQuery, projectId: string | null): Promise<Page<SnapshotRecord>> {
    const plan = await planPage(snapshotListSpec, query, projectId, 'SnapshotNotFound', (id, terms) =>
      sortValues(this.#db, snapshotListSpec.table, id, terms, projectId),
    );
    const { rows } = await sql`${selection} ${pageClauses(plan)}`.execute(this.#db);
    const hasMore = query.limit !== null && rows.length > query.limit;
    return {
      items: (hasMore ? rows.slice(0, -1) : rows).map(rowToSnapshot),
      hasMore,
      total: async () => {
        const counted =
          await sql`SELECT count(*) AS count FROM snapshots ${whereClause(plan.conditions)}`.execute(
            this.#db,
          );
        return countSchema.parse(counted.rows[0]).count;
      },
    };
  }

  /** Count of a project's snapshots; of all when null. */
  async count(projectId: string | null): Promise<number> {
    const { rows } = await sql`SELECT count(*) AS count FROM snapshots ${
      projectId === null ? sql`` : sql`WHERE project_id = ${projectId}`
    }`.execute(this.#db);
    return countSchema.parse(rows[0]).count;
  }

  /** Compare-and-set, as {@link VolumeRepository.transition}. */
  async transition(
    id: string,
    from: readonly SnapshotStatus[],
    changes: SnapshotChanges,
    when: readonly SnapshotGuard[] = [],
  ): Promise<boolean> {
    let update = this.#db
      .updateTable('snapshots')
      .set({ updated_at: new Date().toISOString(), ...changedSnapshotColumns(changes) })
      .where('id', '=', id)
      .where('status', 'in', [...from]);
    for (const guard of when) update = update.where(guards[guard]);
    const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Changes columns that are not the status. @returns false when the snapshot is gone. */
  async update(id: string, changes: Omit<SnapshotChanges, 'status'>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('snapshots')
      .set({ updated_at: new Date().toISOString(), ...changedSnapshotColumns(changes) })
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Removes the record with its metadata. */
  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('snapshots').where('id', '=', id).execute();
  }
}
