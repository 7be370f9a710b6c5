import { bytesToGibCeil } from '@scoria/core/contract';
import type { BackupRecord, ProgressService, VerificationRecord } from '../../model/index.ts';
import type { Links } from '../http/links.ts';
import type { BackupDetail, VerificationView } from '../schemas/backups.ts';
import { progressFields } from './progress.ts';
import { cinderTime } from './time.ts';

/** What a backup's view depends on besides the backup. */
export interface BackupViewing {
  readonly minor: number;
  readonly isAdmin: boolean;
  readonly links: Links;
  readonly progress: ProgressService;
}

/** A backup in a summary list, and as create, update and import answer it. */
export function backupSummary(backup: BackupRecord, links: Links) {
  return { id: backup.id, name: backup.displayName, links: links.of('backups', backup.id) };
}

/** A backup as show and the detailed list answer it. */
export function backupDetail(
  backup: BackupRecord,
  { minor, isAdmin, links, progress }: BackupViewing,
): BackupDetail {
  return {
    id: backup.id,
    status: backup.status,
    size: bytesToGibCeil(backup.size),
    object_count: backup.objectCount,
    availability_zone: backup.availabilityZone,
    container: backup.container,
    created_at: cinderTime(backup.createdAt),
    updated_at: cinderTime(backup.updatedAt),
    name: backup.displayName,
    description: backup.displayDescription,
    fail_reason: backup.failure,
    volume_id: backup.volumeId,
    links: links.of('backups', backup.id),
    is_incremental: backup.parentId !== null,
    has_dependent_backups: backup.hasDependents,
    snapshot_id: backup.snapshotId,
    data_timestamp: cinderTime(backup.dataTimestamp),
    ...(minor >= 43 && { metadata: { ...backup.metadata } }),
    ...(isAdmin && minor >= 56 && { user_id: backup.userId }),
    ...(isAdmin && minor >= 18 && { 'os-backup-project-attr:project_id': backup.projectId }),
    ...(backup.parentId !== null && { 'scoria:parent_id': backup.parentId }),
    ...(backup.storedBytes !== null && { 'scoria:stored_bytes': backup.storedBytes }),
    ...progressFields(progress.of(backup.id)),
  };
}

/** A re-reading of the repository. */
export function verificationView(record: VerificationRecord): VerificationView {
  return {
    id: record.id,
    status: record.status,
    volume_id: record.volumeId,
    backup_id: record.backupId,
    done_bytes: record.doneBytes,
    total_bytes: record.totalBytes,
    backups: record.backups,
    problems: record.problems.map(({ backupIds, ...problem }) => ({
      ...problem,
      backup_ids: [...backupIds],
    })),
    unreferenced: [...record.unreferenced],
    failure: record.failure,
    started_at: cinderTime(record.startedAt),
    finished_at: cinderTime(record.finishedAt),
  };
}
