import { z } from 'zod';
import type { SnapshotRecord } from '../model/index.ts';
import type { ListSpec } from './list.ts';
import { parsePairs } from './pairRepository.ts';
import { type SnapshotRow, snapshotRowSchema } from './schema.ts';

const snapshotWithPairsSchema = snapshotRowSchema.extend({ metadata: z.string() });

/** What may change of a snapshot after its creation. */
export type SnapshotChanges = Partial<
  Pick<
    SnapshotRecord,
    | 'displayName'
    | 'displayDescription'
    | 'status'
    | 'progress'
    | 'providerLocation'
    | 'providerId'
    | 'updatedAt'
    | 'failure'
  >
>;

const columns = {
  displayName: 'display_name',
  displayDescription: 'display_description',
  status: 'status',
  progress: 'progress',
  providerLocation: 'provider_location',
  providerId: 'provider_id',
  updatedAt: 'updated_at',
  failure: 'failure',
} as const satisfies Record<keyof SnapshotChanges, keyof SnapshotRow>;

/** Columns of a change. */
export function changedSnapshotColumns(changes: SnapshotChanges): Partial<SnapshotRow> {
  const row: Record<string, unknown> = {};
  for (const [key, column] of Object.entries(columns)) {
    const value = changes[key as keyof SnapshotChanges];
    if (value !== undefined) row[column] = value;
  }
  return row as Partial<SnapshotRow>;
}

/** The row of a new snapshot. */
export function snapshotToRow(snapshot: SnapshotRecord): SnapshotRow {
  return snapshotRowSchema.parse({
    ...changedSnapshotColumns(snapshot),
    id: snapshot.id,
    project_id: snapshot.projectId,
    user_id: snapshot.userId,
    volume_id: snapshot.volumeId,
    backend_name: snapshot.backendName,
    volume_size: snapshot.volumeSize,
    created_at: snapshot.createdAt,
  });
}

/** The record of a row. @throws ZodError when the database holds what it must not. */
export function rowToSnapshot(input: unknown): SnapshotRecord {
  const row = snapshotWithPairsSchema.parse(input);
  return {
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    volumeId: row.volume_id,
    displayName: row.display_name,
    displayDescription: row.display_description,
    backendName: row.backend_name,
    volumeSize: row.volume_size,
    status: row.status,
    progress: row.progress,
    metadata: parsePairs(row.metadata),
    providerLocation: row.provider_location,
    providerId: row.provider_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    failure: row.failure,
  };
}

const text = (column: string) => ({ column: `snapshots.${column}`, type: 'text' }) as const;

/** Filters and sort keys of snapshots, by the names of the v3 API. Sizes are compared in bytes. */
export const snapshotListSpec: ListSpec = {
  table: 'snapshots',
  pairs: 'snapshot_metadata',
  filters: {
    id: text('id'),
    name: text('display_name'),
    display_name: text('display_name'),
    description: text('display_description'),
    display_description: text('display_description'),
    status: text('status'),
    volume_id: text('volume_id'),
    project_id: text('project_id'),
    tenant_id: text('project_id'),
    user_id: text('user_id'),
    volume_size: { column: 'snapshots.volume_size', type: 'integer' },
  },
  sorts: {
    id: { column: 'snapshots.id' },
    name: { column: 'snapshots.display_name', nullable: true },
    display_name: { column: 'snapshots.display_name', nullable: true },
    status: { column: 'snapshots.status' },
    volume_id: { column: 'snapshots.volume_id' },
    volume_size: { column: 'snapshots.volume_size' },
    size: { column: 'snapshots.volume_size' },
    created_at: { column: 'snapshots.created_at' },
    updated_at: { column: 'snapshots.updated_at', nullable: true },
    project_id: { column: 'snapshots.project_id' },
    user_id: { column: 'snapshots.user_id' },
  },
};
