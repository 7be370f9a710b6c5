import { z } from 'zod';
import { backupStatuses } from '../../model/index.ts';
import { progressField, progressSchema } from './progress.ts';
import {
  booleanSchema,
  descriptionSchema,
  linksSchema,
  metadataSchema,
  nameSchema,
  timeSchema,
  uuidSchema,
} from './scalars.ts';

const createFields = {
  volume_id: uuidSchema,
  name: nameSchema.nullish(),
  description: descriptionSchema.nullish(),
  container: nameSchema.nullish().describe('A label; the repository has a layout of its own'),
  incremental: booleanSchema.optional(),
  force: booleanSchema.optional(),
  snapshot_id: uuidSchema.nullish(),
  'scoria:parent_id': uuidSchema
    .nullish()
    .describe(
      'The backup that this one adds to, for a differential one; default of an incremental: the newest',
    ),
};
const metadata = metadataSchema.nullish();

/** `POST /backups`. */
export const createBackupSchema = z.strictObject({
  backup: z.strictObject({ ...createFields, metadata: z.undefined(), availability_zone: z.undefined() }),
});
/** `POST /backups` since 3.43: with metadata. */
export const createBackupSchema343 = z.strictObject({
  backup: z.strictObject({ ...createFields, metadata, availability_zone: z.undefined() }),
});
/** `POST /backups` since 3.51: in an availability zone. */
export const createBackupSchema351 = z.strictObject({
  backup: z.strictObject({
    ...createFields,
    metadata,
    availability_zone: z
      .string()
      .min(1, 'must not be empty')
      .max(255, 'must be at most 255 characters')
      .nullish(),
  }),
});
/** The parsed body of `POST /backups`. */
export type CreateBackupBody = z.infer<typeof createBackupSchema351>;

const updateFields = { name: nameSchema.nullish(), description: descriptionSchema.nullish() };
const atLeastOne = 'must have at least one of name, description, metadata';

/** `PUT /backups/{id}` (3.9). */
export const updateBackupSchema = z.strictObject({
  backup: z
    .strictObject({ ...updateFields, metadata: z.undefined() })
    .refine((fields) => Object.keys(fields).length > 0, atLeastOne),
});
/** `PUT /backups/{id}` since 3.43: with metadata, which replaces what there was. */
export const updateBackupSchema343 = z.strictObject({
  backup: z
    .strictObject({ ...updateFields, metadata: metadataSchema.optional() })
    .refine((fields) => Object.keys(fields).length > 0, atLeastOne),
});

/** `POST /backups/{id}/restore`. */
export const restoreBackupSchema = z.strictObject({
  restore: z
    .strictObject({
      volume_id: uuidSchema.nullish().describe('Default: a new volume'),
      name: nameSchema.nullish().describe('Name of the new volume'),
    })
    .nullable(),
});

/** `POST /backups/import_record`, and the answer of `GET /backups/{id}/export_record`. */
export const backupRecordSchema = z.strictObject({
  'backup-record': z.strictObject({
    backup_service: z.string().min(1, 'must not be empty').max(255, 'must be at most 255 characters'),
    backup_url: z.string().min(1, 'must not be empty').max(65_536, 'must be at most 65536 characters'),
  }),
});

/** Argument of `os-reset_status`. */
export const resetBackupStatusSchema = z.strictObject({
  status: z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['available', 'error'])),
});

/** A backup in a summary list, and as create, update and import answer it. */
export const backupSummarySchema = z.strictObject({
  id: z.uuid(),
  name: z.string().nullable(),
  links: linksSchema,
});

/** A backup in detail. Optional fields depend on the microversion or on the role. */
export const backupDetailSchema = z.strictObject({
  id: z.uuid(),
  status: z.enum(backupStatuses),
  size: z.number().int().describe('GiB of the volume'),
  object_count: z.number().int(),
  availability_zone: z.string().nullable(),
  container: z.string().nullable(),
  created_at: timeSchema,
  updated_at: timeSchema.nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  fail_reason: z.string().nullable(),
  volume_id: z.uuid(),
  links: linksSchema,
  is_incremental: z.boolean(),
  has_dependent_backups: z
    .boolean()
    .describe('Whether others cannot be restored without it: never for a backup in the repository'),
  snapshot_id: z.string().nullable(),
  data_timestamp: timeSchema,
  metadata: z.record(z.string(), z.string()).optional().describe('Since 3.43'),
  user_id: z.string().optional().describe('Administrators only, since 3.56'),
  'os-backup-project-attr:project_id': z.string().optional().describe('Administrators only, since 3.18'),
  'scoria:parent_id': z.uuid().optional().describe('The backup that an incremental one was made upon'),
  'scoria:stored_bytes': z.number().int().optional().describe('What it added to the repository'),
  [progressField]: progressSchema.optional(),
});
/** A backup in an answer. */
export type BackupDetail = z.infer<typeof backupDetailSchema>;

const page = { backups_links: linksSchema.optional(), count: z.number().int().optional() };
/** The answer of `GET /backups`. */
export const backupListSchema = z.strictObject({ backups: z.array(backupSummarySchema), ...page });
/** The answer of `GET /backups/detail`. */
export const backupDetailListSchema = z.strictObject({ backups: z.array(backupDetailSchema), ...page });
/** The answer of show. */
export const backupResponseSchema = z.strictObject({ backup: backupDetailSchema });
/** The answer of create, update and import. */
export const backupSummaryResponseSchema = z.strictObject({ backup: backupSummarySchema });
/** The answer of restore. */
export const restoreResponseSchema = z.strictObject({
  restore: z.strictObject({
    backup_id: z.uuid(),
    volume_id: z.uuid(),
    volume_name: z.string().nullable(),
  }),
});

/** `POST /scoria/backups/verifications`. */
export const verifySchema = z.strictObject({
  verification: z
    .strictObject({ volume_id: uuidSchema.nullish(), backup_id: uuidSchema.nullish() })
    .refine(
      ({ volume_id: volumeId, backup_id: backupId }) => !(backupId && !volumeId),
      'must have volume_id beside backup_id',
    )
    .prefault({}),
});

/** A verification. */
export const verificationSchema = z.strictObject({
  id: z.uuid(),
  status: z.enum(['running', 'done', 'failed', 'cancelled']),
  volume_id: z.uuid().nullable(),
  backup_id: z.uuid().nullable(),
  done_bytes: z.number().int(),
  total_bytes: z.number().int().nullable(),
  backups: z.number().int().nullable().describe('How many were checked'),
  problems: z.array(
    z.strictObject({
      code: z.string(),
      object: z.string(),
      message: z.string(),
      backup_ids: z.array(z.string()),
    }),
  ),
  unreferenced: z.array(z.string()).describe('Objects that no backup needs'),
  failure: z.string().nullable(),
  started_at: timeSchema,
  finished_at: timeSchema.nullable(),
});
/** A verification in an answer. */
export type VerificationView = z.infer<typeof verificationSchema>;
/** The answer of start and show. */
export const verificationResponseSchema = z.strictObject({ verification: verificationSchema });
