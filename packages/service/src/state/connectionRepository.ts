import {
  type ConnectionInfo,
  type Connector,
  connectionInfoSchema,
  connectorSchema,
} from '@scoria/core/contract';
import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { type ConnectionRow, connectionRowSchema, type Schema } from './schema.ts';

/** The access of one initiator to one volume. Several attachments from one host share it. */
export interface ConnectionRecord {
  readonly volumeId: string;
  readonly initiator: string;
  readonly connector: Connector;
  /** Null while access is being given. */
  readonly connectionInfo: ConnectionInfo | null;
}

const connectedSchema = z.array(z.object({ id: z.string(), backendName: z.string(), initiators: z.int() }));

/** Text of a connection info for the database; secrets become plain: the file is 0600. */
export function connectionInfoToText(info: ConnectionInfo): string {
  return JSON.stringify(z.encode(connectionInfoSchema, info));
}

/** The connection info of its text. */
export function textToConnectionInfo(text: string): ConnectionInfo {
  return connectionInfoSchema.parse(JSON.parse(text));
}

/** The table `connections`. */
export class ConnectionRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** All connections of a volume. */
  async ofVolume(volumeId: string): Promise<ConnectionRecord[]> {
    const rows = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('volume_id', '=', volumeId)
      .orderBy('created_at')
      .execute();
    return rows.map(rowToConnection);
  }

  /** One connection, or undefined. */
  async find(volumeId: string, initiator: string): Promise<ConnectionRecord | undefined> {
    const row = await this.#db
      .selectFrom('connections')
      .selectAll()
      .where('volume_id', '=', volumeId)
      .where('initiator', '=', initiator)
      .executeTakeFirst();
    return row === undefined ? undefined : rowToConnection(row);
  }

  /** Notes that an initiator is being given access; what is known of it from before is kept. */
  async open(volumeId: string, initiator: string, connector: Connector): Promise<void> {
    const text = JSON.stringify(connector);
    await this.#db
      .insertInto('connections')
      .values({
        volume_id: volumeId,
        initiator,
        connector: text,
        connection_info: null,
        created_at: new Date().toISOString(),
      })
      .onConflict((conflict) => conflict.columns(['volume_id', 'initiator']).doUpdateSet({ connector: text }))
      .execute();
  }

  /** Stores what the driver answered. */
  async setInfo(volumeId: string, initiator: string, info: ConnectionInfo): Promise<void> {
    await this.#db
      .updateTable('connections')
      .set({ connection_info: connectionInfoToText(info) })
      .where('volume_id', '=', volumeId)
      .where('initiator', '=', initiator)
      .execute();
  }

  /** Removes one connection; all of the volume when `initiator` is null. */
  async remove(volumeId: string, initiator: string | null): Promise<void> {
    let query = this.#db.deleteFrom('connections').where('volume_id', '=', volumeId);
    if (initiator !== null) query = query.where('initiator', '=', initiator);
    await query.execute();
  }

  /**
   * Volumes of a backend that some initiator was given access to, the service itself among them, newest access first, with the number of
   * initiators. `hostPrefix` is `host@backend`.
   */
  async volumesConnectedOn(
    hostPrefix: string,
  ): Promise<{ id: string; backendName: string; initiators: number }[]> {
    const { rows } =
      await sql`SELECT volumes.id, volumes.backend_name AS "backendName", count(DISTINCT given.initiator) AS initiators
      FROM (
        SELECT volume_id, initiator, connection_info, created_at FROM connections
        UNION ALL
        SELECT volume_id, initiator, connection_info, created_at FROM service_attachments
      ) AS given JOIN volumes ON volumes.id = given.volume_id
      WHERE given.connection_info IS NOT NULL
        AND (volumes.host = ${hostPrefix} OR (volumes.host > ${`${hostPrefix}#`} AND volumes.host < ${`${hostPrefix}$`}))
      GROUP BY volumes.id ORDER BY max(given.created_at) DESC`.execute(this.#db);
    return connectedSchema.parse(rows);
  }
}

function rowToConnection(input: ConnectionRow): ConnectionRecord {
  const row = connectionRowSchema.parse(input);
  return {
    volumeId: row.volume_id,
    initiator: row.initiator,
    connector: connectorSchema.parse(JSON.parse(row.connector)),
    connectionInfo: row.connection_info === null ? null : textToConnectionInfo(row.connection_info),
  };
}
