import { Secret } from '@scoria/core/contract';
import { z } from 'zod';
import type { VolumeRecord } from '../model/index.ts';
import type { ListSpec } from './list.ts';
import { parsePairs } from './pairRepository.ts';
import { type VolumeRow, volumeRowSchema } from './schema.ts';

/** A row together with its metadata, as the list query selects it. */
const volumeWithPairsSchema = volumeRowSchema.extend({ metadata: z.string(), image_metadata: z.string() });

/** What may change of a volume after its creation. */
export type VolumeChanges = Partial<
  Omit<
    VolumeRecord,
    'id' | 'metadata' | 'imageMetadata' | 'createdAt' | 'backendName' | 'projectId' | 'userId'
  >
>;

const columns = {
  displayName: 'display_name',
  displayDescription: 'display_description',
  size: 'size',
  status: 'status',
  previousStatus: 'previous_status',
  attachStatus: 'attach_status',
  migrationStatus: 'migration_status',
  availabilityZone: 'availability_zone',
  host: 'host',
  volumeTypeId: 'volume_type_id',
  snapshotId: 'snapshot_id',
  sourceVolumeId: 'source_volume_id',
  bootable: 'bootable',
  multiattach: 'multiattach',
  readOnly: 'read_only',
  encrypted: 'encrypted',
  providerLocation: 'provider_location',
  providerAuth: 'provider_auth',
  providerGeometry: 'provider_geometry',
  providerId: 'provider_id',
  adminMetadata: 'admin_metadata',
  updatedAt: 'updated_at',
  launchedAt: 'launched_at',
  failure: 'failure',
} as const satisfies Record<keyof VolumeChanges, keyof VolumeRow>;

/** Columns of a change. The secret becomes text here: the database file is 0600. */
export function changedColumns(changes: VolumeChanges): Partial<VolumeRow> {
  const row: Record<string, unknown> = {};
  for (const [key, column] of Object.entries(columns)) {
    const value = changes[key as keyof VolumeChanges];
    if (value !== undefined) row[column] = columnValue(value);
  }
  return row as Partial<VolumeRow>;
}

function columnValue(value: unknown): unknown {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Secret) return value.reveal();
  if (typeof value === 'object' && value !== null) return JSON.stringify(value);
  return value;
}

/** The row of a new volume. */
export function volumeToRow(volume: VolumeRecord): VolumeRow {
  return volumeRowSchema.parse({
    ...changedColumns(volume),
    id: volume.id,
    project_id: volume.projectId,
    user_id: volume.userId,
    backend_name: volume.backendName,
    created_at: volume.createdAt,
  });
}

/** The record of a row. @throws ZodError when the database holds what it must not. */
export function rowToVolume(input: unknown): VolumeRecord {
  const row = volumeWithPairsSchema.parse(input);
  return {
    id: row.id,
    projectId: row.project_id,
    userId: row.user_id,
    displayName: row.display_name,
    displayDescription: row.display_description,
    backendName: row.backend_name,
    size: row.size,
    status: row.status,
    previousStatus: row.previous_status,
    attachStatus: row.attach_status,
    migrationStatus: row.migration_status,
    availabilityZone: row.availability_zone,
    host: row.host,
    volumeTypeId: row.volume_type_id,
    snapshotId: row.snapshot_id,
    sourceVolumeId: row.source_volume_id,
    bootable: row.bootable === 1,
    multiattach: row.multiattach === 1,
    readOnly: row.read_only === 1,
    encrypted: row.encrypted === 1,
    providerLocation: row.provider_location,
    providerAuth: row.provider_auth === null ? null : new Secret(row.provider_auth),
    providerGeometry: row.provider_geometry,
    providerId: row.provider_id,
    metadata: parsePairs(row.metadata),
    imageMetadata: parsePairs(row.image_metadata),
    adminMetadata: parsePairs(row.admin_metadata),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    launchedAt: row.launched_at,
    failure: row.failure,
  };
}

const text = (column: string) => ({ column: `volumes.${column}`, type: 'text' }) as const;
const flag = (column: string) => ({ column: `volumes.${column}`, type: 'flag' }) as const;

/**
 * Filters and sort keys of volumes, by the names of the v3 API. Sizes are compared in bytes: the REST edge converts.
 */
export const volumeListSpec: ListSpec = {
  table: 'volumes',
  pairs: 'volume_metadata',
  imagePairs: 'volume_image_metadata',
  filters: {
    id: text('id'),
    name: text('display_name'),
    display_name: text('display_name'),
    description: text('display_description'),
    display_description: text('display_description'),
    status: text('status'),
    attach_status: text('attach_status'),
    migration_status: text('migration_status'),
    availability_zone: text('availability_zone'),
    host: text('host'),
    project_id: text('project_id'),
    tenant_id: text('project_id'),
    user_id: text('user_id'),
    volume_type_id: text('volume_type_id'),
    snapshot_id: text('snapshot_id'),
    source_volid: text('source_volume_id'),
    bootable: flag('bootable'),
    multiattach: flag('multiattach'),
    encrypted: flag('encrypted'),
    readonly: flag('read_only'),
    size: { column: 'volumes.size', type: 'integer' },
  },
  sorts: {
    id: { column: 'volumes.id' },
    name: { column: 'volumes.display_name', nullable: true },
    display_name: { column: 'volumes.display_name', nullable: true },
    status: { column: 'volumes.status' },
    attach_status: { column: 'volumes.attach_status' },
    size: { column: 'volumes.size' },
    host: { column: 'volumes.host', nullable: true },
    bootable: { column: 'volumes.bootable' },
    availability_zone: { column: 'volumes.availability_zone' },
    created_at: { column: 'volumes.created_at' },
    updated_at: { column: 'volumes.updated_at', nullable: true },
    launched_at: { column: 'volumes.launched_at', nullable: true },
    project_id: { column: 'volumes.project_id' },
    user_id: { column: 'volumes.user_id' },
    volume_type_id: { column: 'volumes.volume_type_id', nullable: true },
  },
};
