import { z } from 'zod';
import type { BackupRecord, VolumeFacts } from '../model/index.ts';
import type { ListSpec } from './list.ts';
import { parsePairs } from './pairRepository.ts';
import { type BackupRow, backupRowSchema } from './schema.ts';

const selectedSchema = backupRowSchema.extend({ metadata: z.string(), has_dependents: z.literal([0, 1]) });

const factsSchema: z.ZodType<VolumeFacts> = z.object({
  name: z.string().nullable(),
  description: z.string().nullable(),
  bootable: z.boolean(),
  metadata: z.record(z.string(), z.string()),
  imageMetadata: z.record(z.string(), z.string()),
});

/** What may change of a backup after its creation. */
export type BackupChanges = Partial<
  Pick<
    BackupRecord,
    | 'displayName'
    | 'displayDescription'
    | 'status'
    | 'heldBy'
    | 'storedBytes'
    | 'objectCount'
    | 'parentId'
    | 'updatedAt'
    | 'failure'
  >
>;

const columns = {
  displayName: 'display_name',
  displayDescription: 'display_description',
  status: 'status',
  heldBy: 'held_by',
  storedBytes: 'stored_bytes',
  objectCount: 'object_count',
  parentId: 'parent_id',
  updatedAt: 'updated_at',
  failure: 'failure',
} as const satisfies Record<keyof BackupChanges, keyof BackupRow>;

/** Columns of a change. */
export function changedBackupColumns(changes: BackupChanges): Partial<BackupRow> {
  const row: Record<string, unknown> = {};
  for (const [key, column] of Object.entries(columns)) {
    const value = changes[key as keyof BackupChanges];
    if (value !== undefined) row[column] = value;
  }
  return row as Partial<BackupRow>;
}

/** The row of a new backup. */
export function backupToRow(backup: BackupRecord): BackupRow {
  return backupRowSchema.parse({
    ...changedBackupColumns(backup),
    id: backup.id,
    project_id: backup.projectId,
    user_id: backup.userId,
    volume_id: backup.volumeId,
    snapshot_id: backup.snapshotId,
    size: backup.size,
    availability_zone: backup.availabilityZone,
    host: backup.host,
    container: backup.container,
    volume_facts: JSON.stringify(backup.volumeFacts),
    data_timestamp: backup.dataTimestamp,
    created_at: backup.createdAt,
  });
}

/** The record of a row. @throws ZodError when the database holds what it must not. */
export function rowToBackup(input: unknown): BackupRecord {
  const row = selectedSchema.parse(input);
  return {
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    volumeId: row.volume_id,
    snapshotId: row.snapshot_id,
    parentId: row.parent_id,
    displayName: row.display_name,
    displayDescription: row.display_description,
    size: row.size,
    status: row.status,
    availabilityZone: row.availability_zone,
    host: row.host,
    container: row.container,
    heldBy: row.held_by,
    storedBytes: row.stored_bytes,
    objectCount: row.object_count,
    volumeFacts: factsSchema.parse(JSON.parse(row.volume_facts)),
    dataTimestamp: row.data_timestamp,
    hasDependents: row.has_dependents === 1,
    metadata: parsePairs(row.metadata),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    failure: row.failure,
  };
}

const text = (column: string) => ({ column: `backups.${column}`, type: 'text' }) as const;

/** Filters and sort keys of backups, by the names of the v3 API. Sizes are compared in bytes. */
export const backupListSpec: ListSpec = {
  table: 'backups',
  pairs: 'backup_metadata',
  filters: {
    id: text('id'),
    name: text('display_name'),
    display_name: text('display_name'),
    description: text('display_description'),
    status: text('status'),
    volume_id: text('volume_id'),
    snapshot_id: text('snapshot_id'),
    parent_id: text('parent_id'),
    container: text('container'),
    availability_zone: text('availability_zone'),
    project_id: text('project_id'),
    user_id: text('user_id'),
    size: { column: 'backups.size', type: 'integer' },
  },
  sorts: {
    id: { column: 'backups.id' },
    name: { column: 'backups.display_name', nullable: true },
    status: { column: 'backups.status' },
    volume_id: { column: 'backups.volume_id' },
    size: { column: 'backups.size' },
    container: { column: 'backups.container', nullable: true },
    created_at: { column: 'backups.created_at' },
    updated_at: { column: 'backups.updated_at', nullable: true },
    data_timestamp: { column: 'backups.data_timestamp' },
  },
};
