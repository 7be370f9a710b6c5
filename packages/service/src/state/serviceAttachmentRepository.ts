import { type ConnectionInfo, type Connector, connectorSchema } from '@scoria/core/contract';
import type { Kysely } from 'kysely';
import { connectionInfoToText, textToConnectionInfo } from './connectionRepository.ts';
import { type Schema, serviceAttachmentRowSchema } from './schema.ts';

/** A volume that the service has attached, or begun to attach, to this host for its own use. */
export interface ServiceAttachment {
  readonly volumeId: string;
  readonly initiator: string;
  readonly connector: Connector;
  /** Null while the driver has not answered: nothing can be logged in then. */
  readonly connectionInfo: ConnectionInfo | null;
}

/** The table `service_attachments`: what a crash may have left attached. */
export class ServiceAttachmentRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** All of them. */
  async all(): Promise<ServiceAttachment[]> {
    const rows = await this.#db.selectFrom('service_attachments').selectAll().orderBy('created_at').execute();
    return rows.map(rowToAttachment);
  }

  /** That of a volume, or undefined. */
  async find(volumeId: string): Promise<ServiceAttachment | undefined> {
    const row = await this.#db
      .selectFrom('service_attachments')
      .selectAll()
      .where('volume_id', '=', volumeId)
      .executeTakeFirst();
    return row === undefined ? undefined : rowToAttachment(row);
  }

  /** Notes what is about to be attached, before anything is; what the driver answered before is kept. */
  async open(volumeId: string, initiator: string, connector: Connector): Promise<void> {
    const text = JSON.stringify(connector);
    await this.#db
      .insertInto('service_attachments')
      .values({
        volume_id: volumeId,
        initiator,
        connector: text,
        connection_info: null,
        created_at: new Date().toISOString(),
      })
      .onConflict((conflict) => conflict.column('volume_id').doUpdateSet({ initiator, connector: text }))
      .execute();
  }

  /** Stores what the driver answered. */
  async setInfo(volumeId: string, info: ConnectionInfo): Promise<void> {
    await this.#db
      .updateTable('service_attachments')
      .set({ connection_info: connectionInfoToText(info) })
      .where('volume_id', '=', volumeId)
      .execute();
  }

  /** Nothing of the volume is attached any more. */
  async remove(volumeId: string): Promise<void> {
    await this.#db.deleteFrom('service_attachments').where('volume_id', '=', volumeId).execute();
  }
}

function rowToAttachment(input: unknown): ServiceAttachment {
  const row = serviceAttachmentRowSchema.parse(input);
  return {
    volumeId: row.volume_id,
    initiator: row.initiator,
    connector: connectorSchema.parse(JSON.parse(row.connector)),
    connectionInfo: row.connection_info === null ? null : textToConnectionInfo(row.connection_info),
  };
}
