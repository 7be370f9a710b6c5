import { connectorSchema } from '@scoria/core/contract';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import type { AttachmentRecord, AttachmentStatus, ListQuery, Page } from '../model/index.ts';
import { textToConnectionInfo } from './connectionRepository.ts';
import { type ListSpec, sortValues } from './list.ts';
import { pageClauses, planPage, whereClause } from './page.ts';
import { attachmentRowSchema, type Schema } from './schema.ts';

const text = (column: string) => ({ column: `attachments.${column}`, type: 'text' }) as const;

/** Filters and sort keys of attachments, by the names of the v3 API. */
export const attachmentListSpec: ListSpec = {
  table: 'attachments',
  pairs: null,
  filters: {
    id: text('id'),
    status: text('status'),
    attach_status: text('status'),
    volume_id: text('volume_id'),
    instance_id: text('instance_id'),
    instance_uuid: text('instance_id'),
    attached_host: text('attached_host'),
    mode: text('mode'),
    attach_mode: text('mode'),
    project_id: text('project_id'),
  },
  sorts: {
    id: { column: 'attachments.id' },
    status: { column: 'attachments.status' },
    volume_id: { column: 'attachments.volume_id' },
    instance_id: { column: 'attachments.instance_id', nullable: true },
    attach_time: { column: 'attachments.attach_time', nullable: true },
    attached_at: { column: 'attachments.attach_time', nullable: true },
    updated_at: { column: 'attachments.attach_time', nullable: true },
    created_at: { column: 'attachments.created_at' },
  },
};

/** What may change of an attachment. */
export type AttachmentChanges = Partial<
  Omit<AttachmentRecord, 'id' | 'projectId' | 'volumeId' | 'connectionInfo'> & {
    readonly initiator: string | null;
  }
>;

const joinedSchema = attachmentRowSchema.extend({ connection_info: z.string().nullable() });
const selection = sql`SELECT attachments.*, connections.connection_info FROM attachments
  LEFT JOIN connections ON connections.volume_id = attachments.volume_id AND connections.initiator = attachments.initiator`;
const countSchema = z.object({ count: z.int() });

/** An attachment with the key of its initiator (see {@link initiatorKey}). */
export type StoredAttachment = AttachmentRecord & { readonly initiator: string | null };

/** The table `attachments`. */
export class AttachmentRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Adds an attachment. */
  async insert(attachment: StoredAttachment): Promise<void> {
    await this.#db
      .insertInto('attachments')
      .values(
        attachmentRowSchema.parse({
          ...changedColumns(attachment),
          id: attachment.id,
          project_id: attachment.projectId,
          volume_id: attachment.volumeId,
          created_at: new Date().toISOString(),
        }),
      )
      .execute();
  }

  /** One attachment, or undefined. */
  async find(id: string): Promise<StoredAttachment | undefined> {
    const { rows } = await sql`${selection} WHERE attachments.id = ${id}`.execute(this.#db);
    const [row] = rows;
    return row === undefined ? undefined : rowToAttachment(row);
  }

  /** All attachments of a volume, oldest first. */
  async ofVolume(volumeId: string): Promise<StoredAttachment[]> {
    const { rows } =
      await sql`${selection} WHERE attachments.volume_id = ${volumeId} ORDER BY attachments.created_at, attachments.rowid`.execute(
        this.#db,
      );
    return rows.map(rowToAttachment);
  }

  /** Attachments of many volumes in one query; without their connection info, which lists do not show. */
  async ofVolumes(volumeIds: readonly string[]): Promise<Map<string, AttachmentRecord[]>> {
    const { rows } = await sql`SELECT attachments.*, NULL AS connection_info FROM attachments
      WHERE attachments.volume_id IN (SELECT value FROM json_each(${JSON.stringify(volumeIds)}))
      ORDER BY attachments.created_at, attachments.rowid`.execute(this.#db);
    const found = new Map<string, AttachmentRecord[]>();
    for (const attachment of rows.map(rowToAttachment)) {
      const list = found.get(attachment.volumeId);
      if (list === undefined) found.set(attachment.volumeId, [attachment]);
      else list.push(attachment);
    }
    return found;
  }

  /** A page of attachments; of one project unless `projectId` is null. @throws ServiceError for a bad query. */
  async list(query: ListQuery, projectId: string | null): Promise<Page<AttachmentRecord>> {
    const plan = await planPage(attachmentListSpec, query, projectId, 'AttachmentNotFound', (id, terms) =>
      sortValues(this.#db, attachmentListSpec.table, id, terms, projectId),
    );
    const { rows } = await sql`${selection} ${pageClauses(plan)}`.execute(this.#db);
    const hasMore = query.limit !== null && rows.length > query.limit;
    return {
      items: (hasMore ? rows.slice(0, -1) : rows).map(rowToAttachment),
      hasMore,
      total: async () => {
        const counted =
          await sql`SELECT count(*) AS count FROM attachments ${whereClause(plan.conditions)}`.execute(
            this.#db,
          );
        return countSchema.parse(counted.rows[0]).count;
      },
    };
  }

  /** Compare-and-set on the attachment's own status. @returns whether it was changed. */
  async transition(
    id: string,
    from: readonly AttachmentStatus[],
    changes: AttachmentChanges,
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable('attachments')
      .set(changedColumns(changes))
      .where('id', '=', id)
      .where('status', 'in', [...from])
      .executeTakeFirstOrThrow();
    return numUpdatedRows > 0n;
  }

  /** Removes the record. */
  async remove(id: string): Promise<void> {
    await this.#db.deleteFrom('attachments').where('id', '=', id).execute();
  }
}

function changedColumns(changes: AttachmentChanges): Record<string, string | null> {
  const { connector } = changes;
  const row: Record<string, string | null | undefined> = {
    instance_id: changes.instanceId,
    attached_host: changes.attachedHost,
    mountpoint: changes.mountpoint,
    mode: changes.mode,
    status: changes.status,
    initiator: changes.initiator,
    connector: connector === undefined || connector === null ? connector : JSON.stringify(connector),
    attach_time: changes.attachTime,
    detach_time: changes.detachTime,
  };
  return Object.fromEntries(
    Object.entries(row).filter((entry): entry is [string, string | null] => entry[1] !== undefined),
  );
}

function rowToAttachment(input: unknown): StoredAttachment {
  const row = joinedSchema.parse(input);
  const info = row.connection_info === null ? null : textToConnectionInfo(row.connection_info);
  // Attachments of one initiator share credentials and path; whether one of them may write is its own.
  if (info !== null && row.mode !== null) info.data.access_mode = row.mode;
  return {
    id: row.id,
    projectId: row.project_id,
    volumeId: row.volume_id,
    instanceId: row.instance_id,
    attachedHost: row.attached_host,
    mountpoint: row.mountpoint,
    mode: row.mode,
    status: row.status,
    initiator: row.initiator,
    connector: row.connector === null ? null : connectorSchema.parse(JSON.parse(row.connector)),
    connectionInfo: info,
    attachTime: row.attach_time,
    detachTime: row.detach_time,
  };
}
