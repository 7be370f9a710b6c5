import type { Identity, IoOptions } from '@scoria/data-mover';

/** A volume's bytes on this host, from byte 0. */
export interface BackupEndpoint {
  readonly path: string;
  readonly identity: Identity;
  readonly sizeBytes: number;
  /** Whether all of it is proven to read as zero. Only then are zeros of a backup not written. */
  readonly isZero: boolean;
}

/** A run of bytes. */
export interface ByteExtent {
  readonly offset: number;
  readonly length: number;
}

/** Waiting and watching. */
export interface BackupRunOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the volume that are dealt with. */
  readonly onProgress?: (progress: { readonly doneBytes: number; readonly totalBytes: number }) => void;
  readonly io?: IoOptions;
}

/** What to back up. */
export interface CreateBackupRequest {
  readonly backupId: string;
  readonly volumeId: string;
  readonly source: BackupEndpoint;
  /** The backup whose blocks need not be stored again; null: a full one. Any earlier backup of the volume will do (differential). */
  readonly parentId: string | null;
  /** All that changed since the parent, when somebody knows; null: found by reading. */
  readonly changed: readonly ByteExtent[] | null;
  /** Stored in the manifest for whoever imports it: name, description, volume metadata. */
  readonly metadata: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** A backup as its manifest says. */
export interface BackupDescription {
  readonly backupId: string;
  readonly volumeId: string;
  readonly parentId: string | null;
  /** Bytes of the volume. */
  readonly sizeBytes: number;
  /** Bytes that this backup added to the repository. */
  readonly storedBytes: number;
  /** Bytes of the volume that were stored anew. */
  readonly changedBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly encrypted: boolean;
}

/** Something wrong in a repository. */
export interface VerifyProblem {
  readonly code: 'OBJECT_MISSING' | 'CORRUPT' | 'MANIFEST_FORGED' | 'FORMAT_UNKNOWN' | 'WRONG_KEY';
  readonly object: string;
  readonly message: string;
  /** Backups that cannot be restored because of it. */
  readonly backupIds: readonly string[];
}

/** What a verification found. */
export interface VerifyReport {
  readonly backups: number;
  readonly checkedBytes: number;
  readonly problems: readonly VerifyProblem[];
  /** Objects that no backup needs: left by interrupted backups. */
  readonly unreferenced: readonly string[];
}

/** Backups of volumes in one repository. All throw BackupError. */
export interface BackupStore {
  /** What the repository is told apart by, once open; null before. Worth remembering: see `BackupStoreOptions.repositoryId`. */
  readonly repositoryId: string | null;
  /** Checks repository and key. Idempotent. */
  open(signal?: AbortSignal): Promise<void>;
  /** Makes a backup; the same id again goes on where an interrupted run stopped, or answers with what is there. */
  create(request: CreateBackupRequest, options?: BackupRunOptions): Promise<BackupDescription>;
  /** Writes a backup over a volume: every block verified before it is written, the whole after. Idempotent. */
  restore(
    request: { readonly backupId: string; readonly volumeId: string; readonly destination: BackupEndpoint },
    options?: BackupRunOptions,
  ): Promise<{ readonly writtenBytes: number }>;
  /** Removes a backup, also a half-made one; others of its chain stay restorable. Idempotent. */
  remove(
    request: { readonly backupId: string; readonly volumeId: string },
    signal?: AbortSignal,
  ): Promise<void>;
  /** @throws BackupError BACKUP_NOT_FOUND */
  describe(
    request: { readonly backupId: string; readonly volumeId: string },
    signal?: AbortSignal,
  ): Promise<BackupDescription>;
  /** Re-reads everything that these backups need (all of the repository without a selection). */
  verify(
    selection: { readonly volumeId?: string; readonly backupId?: string },
    options?: BackupRunOptions,
  ): Promise<VerifyReport>;
  /** Ends connections. */
  close(): Promise<void>;
}
