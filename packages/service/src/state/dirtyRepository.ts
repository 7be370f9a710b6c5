import type { ExpressionBuilder, Kysely } from 'kysely';
import { type DirtyRow, dirtyRowSchema, type Schema } from './schema.ts';

/** A destination that unfinished work has left, or may have left, half written. */
export interface DirtyDestination {
  /** The journal entry of the operation that works on it. */
  readonly entryId: number;
  /** The volume or snapshot whose bytes they are; null: the object of the operation. */
  readonly objectId: string | null;
  /** Digest of the work; the same work has the same piece. */
  readonly piece: string;
  readonly kind: DirtyRow['kind'];
  readonly path: string;
  /** JSON of the identity it must show. */
  readonly identity: string;
  /** First byte of the range. */
  readonly first: number;
  readonly length: number;
  /** Bytes from the first one, without a gap, that are done and durable. */
  readonly durableBytes: number;
  /** Whether it is going to be removed: it is good for nothing, whatever becomes of the work. */
  readonly doomed: boolean;
  /** The run of the operation that began with it. */
  readonly run: number;
}

/** The table `dirty_destinations`. A row is there from before the first byte until the work is done. */
export class DirtyRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /**
   * Marks a destination, or finds the mark that an earlier run has left.
   *
   * An earlier run of the same operation may have reached the same range by another path (attached anew, another identity): its mark
   * gives way, since all of the range is done again.
   *
   * @returns how far it is.
   */
  async mark({ entryId, piece, first, ...rest }: Omit<DirtyDestination, 'durableBytes'>): Promise<number> {
    const { kind, path, identity, length, doomed, run, objectId } = rest;
    const found = await this.#db
      .selectFrom('dirty_destinations')
      .select('durable_bytes')
      .where('entry_id', '=', entryId)
      .where('piece', '=', piece)
      .executeTakeFirst();
    if (found !== undefined) return found.durable_bytes;
    await this.#db
      .deleteFrom('dirty_destinations')
      .where('entry_id', '=', entryId)
      .where('run', '<', run)
      .where('kind', '=', kind)
      .where('object_id', 'is', objectId)
      .where('first_byte', '=', first)
      .where('length', '=', length)
      .execute();
    const started_at = new Date().toISOString();
    await this.#db
      .insertInto('dirty_destinations')
      .values({
        entry_id: entryId,
        piece,
        kind,
        path,
        identity,
        first_byte: first,
        length,
        durable_bytes: 0,
        doomed: doomed ? 1 : 0,
        run,
        started_at,
        object_id: objectId,
      })
      .execute();
    return 0;
  }

  /** Notes how far a marked one is; no effect on one that is clean. */
  async reach(entryId: number, piece: string, durableBytes: number): Promise<void> {
    await this.#db
      .updateTable('dirty_destinations')
      .set({ durable_bytes: durableBytes })
      .where('entry_id', '=', entryId)
      .where('piece', '=', piece)
      .execute();
  }

  /** The work on it is done. */
  async clean(entryId: number, piece: string): Promise<void> {
    await this.#db
      .deleteFrom('dirty_destinations')
      .where('entry_id', '=', entryId)
      .where('piece', '=', piece)
      .execute();
  }

  /** Forgets what earlier runs of an operation have marked as doomed: it is gone. */
  async forgetDoomed(entryId: number, run: number): Promise<void> {
    await this.#db
      .deleteFrom('dirty_destinations')
      .where('entry_id', '=', entryId)
      .where('doomed', '=', 1)
      .where('run', '<', run)
      .execute();
  }

  /** What an operation has left dirty so far. */
  async ofEntry(entryId: number): Promise<DirtyDestination[]> {
    const rows = await this.#db
      .selectFrom('dirty_destinations')
      .selectAll()
      .where('entry_id', '=', entryId)
      .execute();
    return rows.map(rowToDirty);
  }

  /** What all operations on an object have left dirty. */
  async ofObject(objectId: string): Promise<DirtyDestination[]> {
    const rows = await this.#db
      .selectFrom('dirty_destinations')
      .selectAll()
      .where((eb) => isOf(eb, objectId))
      .execute();
    return rows.map(rowToDirty);
  }

  /**
   * The object is no more, and with it what was dirty.
   *
   * @param before only what operations before this one have left: all of it was written anew.
   */
  async forgetObject(objectId: string, before?: number): Promise<void> {
    let query = this.#db.deleteFrom('dirty_destinations').where((eb) => isOf(eb, objectId));
    if (before !== undefined) query = query.where('entry_id', '<', before);
    await query.execute();
  }
}

function isOf(eb: ExpressionBuilder<Schema, 'dirty_destinations'>, objectId: string) {
  const entries = eb
    .selectFrom('journal_entries')
    .select('id')
    .where('journal_entries.object_id', '=', objectId);
  return eb.or([
    eb('dirty_destinations.object_id', '=', objectId),
    eb.and([eb('dirty_destinations.object_id', 'is', null), eb('entry_id', 'in', entries)]),
  ]);
}

function rowToDirty(input: DirtyRow): DirtyDestination {
  const row = dirtyRowSchema.parse(input);
  return {
    entryId: row.entry_id,
    objectId: row.object_id,
    piece: row.piece,
    kind: row.kind,
    path: row.path,
    identity: row.identity,
    first: row.first_byte,
    length: row.length,
    durableBytes: row.durable_bytes,
    doomed: row.doomed === 1,
    run: row.run,
  };
}
