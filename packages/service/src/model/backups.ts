import type { RequestContext } from './context.ts';
import type { ListQuery, Page } from './list.ts';
import type { BackupRecord, VolumeRecord } from './records.ts';
import type { BackupStatus } from './status.ts';

/** What is to be backed up, and how. */
export interface CreateBackupRequest {
  readonly volumeId: string;
  /** One of the volume's snapshots; null: the volume as it is now. */
  readonly snapshotId: string | null;
  /** Store only what changed since the newest backup of the volume, or since `parentId`. */
  readonly incremental: boolean;
  /** Any available backup of the volume, for a differential one; null: the newest. */
  readonly parentId: string | null;
  /** Also while somebody has access to the volume: the backup is then as after a power cut. */
  readonly force: boolean;
  readonly displayName: string | null;
  readonly displayDescription: string | null;
  readonly container: string | null;
  readonly availabilityZone: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What moves a backup from one service to another that has the same repository. */
export interface BackupExport {
  /** Whose record it is. */
  readonly backupService: string;
  /** Base64 of a JSON text. */
  readonly backupUrl: string;
}

/** Something wrong in a repository. */
export interface VerificationProblem {
  readonly code: string;
  readonly object: string;
  readonly message: string;
  readonly backupIds: readonly string[];
}

/** A re-reading of the repository, or of a part of it. Kept in memory: a restart forgets it. */
export interface VerificationRecord {
  readonly id: string;
  readonly volumeId: string | null;
  readonly backupId: string | null;
  /** `failed`: it could not be done; `problems` holds what was found by one that is `done`. */
  readonly status: 'running' | 'done' | 'failed' | 'cancelled';
  readonly doneBytes: number;
  readonly totalBytes: number | null;
  readonly backups: number | null;
  readonly problems: readonly VerificationProblem[];
  /** Objects that no backup needs: left by interrupted backups. */
  readonly unreferenced: readonly string[];
  readonly failure: string | null;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

/** Backups. As {@link VolumeService}; all that touches the repository throws BackupsNotConfigured when there is none. */
export interface BackupService {
  /** Starts to back up. @throws VolumeNotFound, SnapshotNotFound, InvalidVolume, InvalidSnapshot, InvalidBackup (no parent), OverLimit. */
  create(context: RequestContext, request: CreateBackupRequest): Promise<BackupRecord>;
  /** @throws BackupNotFound, also for a backup of another project. */
  get(context: RequestContext, id: string): Promise<BackupRecord>;
  /** One page, newest first unless sorted otherwise. */
  list(context: RequestContext, query: ListQuery): Promise<Page<BackupRecord>>;
  /** Changes what is given; metadata is replaced as a whole. */
  update(
    context: RequestContext,
    id: string,
    change: {
      readonly displayName?: string | null;
      readonly displayDescription?: string | null;
      readonly metadata?: Readonly<Record<string, string>>;
    },
  ): Promise<BackupRecord>;
  /** Starts to restore, over the volume named or to a new one. @throws InvalidBackup, InvalidVolume, InvalidInput (too small), OverLimit. */
  restore(
    context: RequestContext,
    id: string,
    request: {
      readonly volumeId: string | null;
      /** Name of the new volume. */
      readonly name: string | null;
      /** Of the new volume: id or name; null: the default type. */
      readonly volumeType: string | null;
      /** Of the new volume; null: that of the backup. */
      readonly size: VolumeRecord['size'] | null;
      readonly description: string | null;
      /** Of the new volume; null: what the volume had that was backed up. */
      readonly metadata: Readonly<Record<string, string>> | null;
    },
  ): Promise<VolumeRecord>;
  /** Deletes; one that is being made is cancelled. `force` (administrators): in any status. @throws InvalidBackup. */
  delete(context: RequestContext, id: string, options: { readonly force: boolean }): Promise<void>;
  /** Writes a status without any effect on the repository (administrators). */
  resetStatus(context: RequestContext, id: string, status: BackupStatus): Promise<void>;
  /** The record, to be imported elsewhere (administrators). @throws InvalidBackup unless it is available. */
  exportRecord(context: RequestContext, id: string): Promise<BackupExport>;
  /** Takes up a backup that another service made, once its manifest has been found and verified (administrators). @throws InvalidBackup. */
  importRecord(context: RequestContext, record: BackupExport): Promise<BackupRecord>;
  /** Starts to re-read everything, or what one volume's backups or one backup need (administrators). */
  verify(
    context: RequestContext,
    selection: { readonly volumeId: string | null; readonly backupId: string | null },
  ): VerificationRecord;
  /** @throws BackupNotFound when there is no such verification (any more). */
  verification(context: RequestContext, id: string): VerificationRecord;
  /** Ends one that is running, and forgets it. */
  endVerification(context: RequestContext, id: string): void;
}
