import { z } from 'zod';

const text = z.string();

/** What the commands read of a volume; the rest is kept for `--json`. */
export const volumeSchema = z.looseObject({
  id: text,
  name: text.nullable(),
  status: text,
  size: z.number(),
  volume_type: text.nullable().optional(),
  bootable: text.optional(),
  attachments: z
    .array(z.looseObject({ attachment_id: text, host_name: text.nullish(), device: text.nullish() }))
    .default([]),
});

/** A volume. */
export type Volume = z.infer<typeof volumeSchema>;

/** How far a long operation on an object is; there only while it goes on. Bytes. */
export const progressSchema = z.looseObject({
  operation: text,
  done_bytes: z.number(),
  total_bytes: z.number().nullable(),
});

/** How far a long operation is. */
export type OperationProgress = z.infer<typeof progressSchema>;

/** What the commands read of a backup. */
export const backupSchema = z.looseObject({
  id: text,
  name: text.nullable(),
  status: text,
  size: z.number(),
  volume_id: text,
  is_incremental: z.boolean().optional(),
  fail_reason: text.nullish(),
  created_at: text.nullish(),
});

/** What moves a backup from one service to another. */
export const backupRecordSchema = z.strictObject({ backup_service: text, backup_url: text });

/** What moves a backup from one service to another. */
export type BackupRecord = z.infer<typeof backupRecordSchema>;

/** A backup. */
export type Backup = z.infer<typeof backupSchema>;

/** What the commands read of a snapshot. */
export const snapshotSchema = z.looseObject({
  id: text,
  name: text.nullable(),
  status: text,
  size: z.number(),
  volume_id: text,
});

/** A snapshot. */
export type Snapshot = z.infer<typeof snapshotSchema>;

/** What the commands read of an attachment in a list. */
export const attachmentSchema = z.looseObject({
  id: text,
  status: text,
  volume_id: text,
  instance: text.nullish(),
  attach_mode: text.nullish(),
  connection_info: z.record(text, z.unknown()).optional(),
});

/** An attachment. */
export type Attachment = z.infer<typeof attachmentSchema>;

/** What the commands read of a volume type. */
export const typeSchema = z.looseObject({
  id: text,
  name: text,
  is_public: z.boolean().optional(),
  description: text.nullish(),
  extra_specs: z.record(text, text).default({}),
});

/** A volume type. */
export type VolumeType = z.infer<typeof typeSchema>;

/** One line of `os-services`. */
export const serviceSchema = z.looseObject({
  binary: text,
  host: text,
  state: text,
  status: text,
  disabled_reason: text.nullish(),
});

/** A pool with its capabilities. */
export const poolSchema = z.looseObject({
  name: text,
  capabilities: z.looseObject({
    total_capacity_gb: z.union([z.number(), text]).optional(),
    free_capacity_gb: z.union([z.number(), text]).optional(),
    allocated_capacity_gb: z.union([z.number(), text]).optional(),
  }),
});
