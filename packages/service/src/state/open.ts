import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { AttachmentRepository } from './attachmentRepository.ts';
import { BackupRepository } from './backupRepository.ts';
import { ConnectionRepository } from './connectionRepository.ts';
import { DirtyRepository } from './dirtyRepository.ts';
import { JournalRepository } from './journalRepository.ts';
import { migrate } from './migrate.ts';
import { PairRepository } from './pairRepository.ts';
import { ProgressRepository } from './progressRepository.ts';
import type { Schema } from './schema.ts';
import { ServiceAttachmentRepository } from './serviceAttachmentRepository.ts';
import { SnapshotRepository } from './snapshotRepository.ts';
import { StatementCache } from './statementCache.ts';
import { TypeRepository } from './typeRepository.ts';
import { VolumeRepository } from './volumeRepository.ts';
import { WalSync } from './walSync.ts';

/** The tables, on one connection or in one transaction. */
export interface Tables {
  readonly volumes: VolumeRepository;
  readonly volumeMetadata: PairRepository;
  readonly volumeImageMetadata: PairRepository;
  readonly snapshots: SnapshotRepository;
  readonly snapshotMetadata: PairRepository;
  readonly snapshotImageMetadata: PairRepository;
  readonly backups: BackupRepository;
  readonly backupMetadata: PairRepository;
  readonly attachments: AttachmentRepository;
  readonly connections: ConnectionRepository;
  readonly serviceAttachments: ServiceAttachmentRepository;
  readonly types: TypeRepository;
  readonly typeSpecs: PairRepository;
  readonly journal: JournalRepository;
  readonly progress: ProgressRepository;
  readonly dirty: DirtyRepository;
}

/** The service's records. */
export interface State extends Tables {
  /**
   * Runs `work` in one transaction: all of it is recorded or nothing. `work` must await nothing but the tables.
   *
   * A commit outlives any end of this process; with `durable` it also outlives a power cut when the promise resolves.
   */
  transaction<Result>(
    work: (tables: Tables) => Promise<Result>,
    options?: { readonly durable?: boolean },
  ): Promise<Result>;
  /** Resolves once everything committed before outlives a power cut, too. Costs nothing when nothing was since the last time. */
  makeDurable(): Promise<void>;
  /** Waits for queries under way and closes the database. */
  close(): Promise<void>;
}

/**
 * Opens the database at `path` (made with mode 0600 when it is not there) and brings it to the newest schema.
 *
 * @throws Error when the file is not a database, is not writable, or was written by a newer version.
 */
export async function openState(path: string): Promise<State> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite would make the file with the umask's mode; log and shared-memory files take theirs from it.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new Database(path, { timeout: 5_000 });
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    database.pragma('foreign_keys = ON');
    migrate(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const log = await WalSync.open(path);
  const countChanges = database.prepare<[], number>('SELECT total_changes()').pluck();
  let durableChanges = 0;
  const kysely = new Kysely<Schema>({
    dialect: new SqliteDialect({ database: new StatementCache(database) }),
  });
  const makeDurable = async (): Promise<void> => {
    const changes = countChanges.get() ?? Number.POSITIVE_INFINITY;
    if (changes <= durableChanges) return;
    // Of a transaction under way, the changes are counted before they are committed.
    const committed = database.inTransaction ? durableChanges : changes;
    await log.flush();
    durableChanges = Math.max(durableChanges, committed);
  };
  return {
    ...tablesOf(kysely),
    makeDurable,
    async transaction(work, options) {
      const result = await kysely.transaction().execute((transaction) => work(tablesOf(transaction)));
      if (options?.durable === true) await makeDurable();
      return result;
    },
    async close() {
      await log.close();
      await kysely.destroy();
    },
  };
}

function tablesOf(db: Kysely<Schema>): Tables {
  return {
    volumes: new VolumeRepository(db),
    volumeMetadata: new PairRepository(db, 'volume_metadata'),
    volumeImageMetadata: new PairRepository(db, 'volume_image_metadata'),
    snapshots: new SnapshotRepository(db),
    snapshotMetadata: new PairRepository(db, 'snapshot_metadata'),
    snapshotImageMetadata: new PairRepository(db, 'snapshot_image_metadata'),
    backups: new BackupRepository(db),
    backupMetadata: new PairRepository(db, 'backup_metadata'),
    attachments: new AttachmentRepository(db),
    connections: new ConnectionRepository(db),
    serviceAttachments: new ServiceAttachmentRepository(db),
    types: new TypeRepository(db),
    typeSpecs: new PairRepository(db, 'volume_type_extra_specs'),
    journal: new JournalRepository(db),
    progress: new ProgressRepository(db),
    dirty: new DirtyRepository(db),
  };
}
