import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import type { BackupRecord, BackupStatus, ListQuery, Page } from '../model/index.ts';
import {
  type BackupChanges,
  backupListSpec,
  backupToRow,
  changedBackupColumns,
  rowToBackup,
} from './backupRows.ts';
import { sortValues } from './list.ts';
import { pageClauses, planPage, whereClause } from './page.ts';
import { pairsOf } from './pairRepository.ts';
import type { Schema } from './schema.ts';

const countSchema = z.object({ count: z.int() });
const usageSchema = countSchema.extend({ bytes: z.number() });

/** What must additionally hold of a backup for its status to change. */
export type BackupGuard = 'no-child-under-way' | 'no-dependents';

/** A driver may build the one upon the other; in the repository every backup stands alone. */
const dependents = sql<SqlBool>`EXISTS (SELECT 1 FROM backups AS child WHERE child.parent_id = backups.id AND child.held_by IS NOT NULL)`;

const guards: Readonly<Record<BackupGuard, RawBuilder<SqlBool>>> = {
  'no-child-under-way': sql`NOT EXISTS (SELECT 1 FROM backups AS child WHERE child.parent_id = backups.id AND child.status = 'creating')`,
  'no-dependents': sql`NOT ${dependents}`,
};

const selection = sql`SELECT backups.*, ${dependents} AS has_dependents, ${pairsOf('backup_metadata', 'backups.id')} AS metadata FROM backups`;

/** The table `backups`. */
export class BackupRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Adds a backup, without its metadata. @returns false when there is one of that id. */
  async insert(backup: BackupRecord): Promise<boolean> {
    const { numInsertedOrUpdatedRows } = await this.#db
      .insertInto('backups')
      .values(backupToRow(backup))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    return (numInsertedOrUpdatedRows ?? 0n) > 0n;
  }

  /** One backup, or undefined. */
  async find(id: string): Promise<BackupRecord | undefined> {
    const { rows } = await sql`${selection} WHERE backups.id = ${id}`.execute(this.#db);
    const [row] = rows;
    return row === undefined ? undefined : rowToBackup(row);
  }

  /** The backups of a volume that belong to a project, newest data first. */
  async ofVolume(volumeId: string, projectId: string): Promise<BackupRecord[]> {
    const { rows } =
      await sql`${selection} WHERE backups.volume_id = ${volumeId} AND backups.project_id = ${projectId}
        ORDER BY backups.data_timestamp DESC, backups.rowid DESC`.execute(this.#db);
    return rows.map(rowToBackup);
  }

  /** A page of backups; of one project unless `projectId` is null. @throws ServiceError for a bad query. */
  async list(query: ListQuery, projectId: string | null): Promise<Page<BackupRecord>> {
    const plan = await planPage(backupListSpec, query, projectId, 'BackupNotFound', (id, terms) =>
      sortValues(this.#db, backupListSpec.table, id, terms, projectId),
    );
    const { rows } = await sql`${selection} ${pageClauses(plan)}`.execute(this.#db);
    const hasMore = query.limit !== null && rows.length > query.limit;
    return {
      items: (hasMore ? rows.slice(0, -1) : rows).map(rowToBackup),
      hasMore,
      total: async () => {
        const counted =
          await sql`SELECT count(*) AS count FROM backups ${whereClause(plan.conditions)}`.execute(this.#db);
        return countSchema.parse(counted.rows[0]).count;
      },
    };
  }

  /** Count of a project's backups, and the bytes of the volumes that they are of. */
  async usage(projectId: string): Promise<{ count: number; bytes: number }> {
    const { rows } =
      await sql`SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM backups WHERE project_id = ${projectId}`.execute(
        this.#db,
      );
    return usageSchema.parse(rows[0]);
  }

  /** Compare-and-set, as {@link VolumeRepository.transition}. */
  async transition(
    id: string,
    from: readonly BackupStatus[],
    changes: BackupChanges,
    when: readonly BackupGuard[] = [],
  ): Promise<boolean> {
    let update = this.#db
      .updateTable('backups')
      .set({ updated_at: new Date().toISOString(), ...changedBackupColumns(changes) })
      .where('id', '=', id)
      .where('status', 'in', [...from]);
    for (const guard of when) update = update.where(guards[guard]);
    const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Changes columns that are not the status. @returns false when the backup is gone. */
  async update(id: string, changes: Omit<BackupChanges, 'status'>): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('backups')
      .set({ updated_at: new Date().toISOString(), ...changedBackupColumns(changes) })
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /**
   * The id of the repository that was at this place; null when none is known, or when no backup would be lost with it, so that
   * another one may be put there.
   */
  async repositoryAt(place: string): Promise<string | null> {
    const row = await this.#db
      .selectFrom('backup_repositories')
      .select('repository_id')
      .where('place', '=', place)
      .where(({ exists, selectFrom }) =>
        exists(selectFrom('backups').select('id').where('held_by', 'is', null)),
      )
      .executeTakeFirst();
    return row?.repository_id ?? null;
  }

  /** Remembers which repository is at a place. */
  async rememberRepository(place: string, repositoryId: string): Promise<void> {
    await this.#db
      .insertInto('backup_repositories')
      .values({ place, repository_id: repositoryId })
      .onConflict((conflict) => conflict.column('place').doUpdateSet({ repository_id: repositoryId }))
      .execute();
  }

  /** Removes the record with its metadata. */
  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('backups').where('id', '=', id).execute();
  }
}
