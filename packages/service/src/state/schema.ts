import { bytesSchema } from '@scoria/core/contract';
import type { Generated } from 'kysely';
import { z } from 'zod';
import { progressOperations } from '../model/progress.ts';
import { attachmentStatuses, backupStatuses, snapshotStatuses, volumeStatuses } from '../model/status.ts';

const flag = z.literal([0, 1]);
const text = z.string();
const textOrNull = z.string().nullable();

/** A row of `volumes`. */
export const volumeRowSchema = z.object({
  id: text,
  project_id: text,
  user_id: text,
  display_name: textOrNull,
  display_description: textOrNull,
  backend_name: text,
  size: bytesSchema,
  status: z.enum(volumeStatuses),
  previous_status: z.enum(volumeStatuses).nullable(),
  attach_status: z.enum(['attached', 'detached', 'attaching', 'detaching', 'reserved']),
  migration_status: textOrNull,
  availability_zone: text,
  host: textOrNull,
  volume_type_id: textOrNull,
  snapshot_id: textOrNull,
  source_volume_id: textOrNull,
  bootable: flag,
  multiattach: flag,
  read_only: flag,
  encrypted: flag,
  provider_location: textOrNull,
  provider_auth: textOrNull,
  provider_geometry: textOrNull,
  provider_id: textOrNull,
  admin_metadata: text,
  created_at: text,
  updated_at: textOrNull,
  launched_at: textOrNull,
  failure: textOrNull,
});
export type VolumeRow = z.infer<typeof volumeRowSchema>;

/** A row of `snapshots`. */
export const snapshotRowSchema = z.object({
  id: text,
  project_id: text,
  user_id: text,
  volume_id: text,
  display_name: textOrNull,
  display_description: textOrNull,
  backend_name: text,
  volume_size: bytesSchema,
  status: z.enum(snapshotStatuses),
  progress: z.int(),
  provider_location: textOrNull,
  provider_id: textOrNull,
  created_at: text,
  updated_at: textOrNull,
  failure: textOrNull,
});
export type SnapshotRow = z.infer<typeof snapshotRowSchema>;

/** A row of `backups`. */
export const backupRowSchema = z.object({
  id: text,
  project_id: text,
  user_id: text,
  volume_id: text,
  snapshot_id: textOrNull,
  parent_id: textOrNull,
  display_name: textOrNull,
  display_description: textOrNull,
  size: bytesSchema,
  status: z.enum(backupStatuses),
  availability_zone: textOrNull,
  host: text,
  container: textOrNull,
  held_by: textOrNull,
  stored_bytes: z.int().nullable(),
  object_count: z.int(),
  volume_facts: text,
  data_timestamp: text,
  created_at: text,
  updated_at: textOrNull,
  failure: textOrNull,
});
export type BackupRow = z.infer<typeof backupRowSchema>;

/** A row of `attachments`. */
export const attachmentRowSchema = z.object({
  id: text,
  project_id: text,
  volume_id: text,
  instance_id: textOrNull,
  attached_host: textOrNull,
  mountpoint: textOrNull,
  mode: z.enum(['rw', 'ro']).nullable(),
  status: z.enum(attachmentStatuses),
  initiator: textOrNull,
  connector: textOrNull,
  created_at: text,
  attach_time: textOrNull,
  detach_time: textOrNull,
});
export type AttachmentRow = z.infer<typeof attachmentRowSchema>;

/** A row of `connections`: the access of one initiator to one volume, shared by its attachments. */
export const connectionRowSchema = z.object({
  volume_id: text,
  initiator: text,
  connector: text,
  connection_info: textOrNull,
  created_at: text,
});
export type ConnectionRow = z.infer<typeof connectionRowSchema>;

/** A row of `volume_types`. */
export const volumeTypeRowSchema = z.object({
  id: text,
  name: text,
  description: textOrNull,
  is_public: flag,
  created_at: text,
});
export type VolumeTypeRow = z.infer<typeof volumeTypeRowSchema>;

/** A row of any table of key-value pairs. */
export const pairRowSchema = z.object({ owner_id: text, key: text, value: text });
export type PairRow = z.infer<typeof pairRowSchema>;

/** States of a journal entry; `running` and `undoing` are the unfinished ones. */
export const entryStates = ['running', 'undoing', 'done', 'failed'] as const;

/** A row of `journal_entries`. */
export const journalEntryRowSchema = z.object({
  id: z.int(),
  kind: text,
  object_id: text,
  request_id: text,
  arguments: text,
  steps: text,
  state: z.enum(entryStates),
  run: z.int(),
  failure: textOrNull,
  failure_code: textOrNull,
  started_at: text,
  finished_at: textOrNull,
});
export type JournalEntryRow = z.infer<typeof journalEntryRowSchema>;

/** A row of `journal_steps`. */
export const journalStepRowSchema = z.object({
  entry_id: z.int(),
  position: z.int(),
  name: text,
  state: z.enum(['started', 'done', 'failed', 'undone', 'undo-failed']),
  started_at: text,
  finished_at: textOrNull,
});
export type JournalStepRow = z.infer<typeof journalStepRowSchema>;

/** A row of `progress`. */
export const progressRowSchema = z.object({
  object_id: text,
  operation: z.enum(progressOperations),
  done_bytes: z.int(),
  total_bytes: z.int().nullable(),
  updated_at: text,
});
export type ProgressRow = z.infer<typeof progressRowSchema>;

/** A row of `service_attachments`: what the service has attached to its own host. */
export const serviceAttachmentRowSchema = z.object({
  volume_id: text,
  initiator: text,
  connector: text,
  connection_info: textOrNull,
  created_at: text,
});
export type ServiceAttachmentRow = z.infer<typeof serviceAttachmentRowSchema>;

/** A row of `dirty_destinations`. */
export const dirtyRowSchema = z.object({
  entry_id: z.int(),
  piece: text,
  kind: z.enum(['copy', 'wipe', 'restore', 'image']),
  path: text,
  identity: text,
  first_byte: z.int(),
  length: z.int(),
  durable_bytes: z.int(),
  doomed: flag,
  run: z.int(),
  started_at: text,
  object_id: text.nullable(),
});
export type DirtyRow = z.infer<typeof dirtyRowSchema>;

/** The tables, as Kysely sees them. */
export interface Schema {
  volumes: VolumeRow;
  volume_metadata: PairRow;
  volume_image_metadata: PairRow;
  snapshots: SnapshotRow;
  snapshot_metadata: PairRow;
  snapshot_image_metadata: PairRow;
  backups: BackupRow;
  backup_metadata: PairRow;
  backup_repositories: { place: string; repository_id: string };
  attachments: AttachmentRow;
  connections: ConnectionRow;
  service_attachments: ServiceAttachmentRow;
  volume_types: VolumeTypeRow;
  volume_type_extra_specs: PairRow;
  journal_entries: Omit<JournalEntryRow, 'id'> & { id: Generated<number> };
  journal_steps: JournalStepRow;
  progress: ProgressRow;
  dirty_destinations: DirtyRow;
}
