import { z } from 'zod';
import { progressField, progressSchema } from './progress.ts';
import {
  booleanSchema,
  descriptionSchema,
  gibSchema,
  linksSchema,
  metadataSchema,
  nameSchema,
  timeSchema,
  uuidSchema,
} from './scalars.ts';

const reference = z.string().max(255, 'must be at most 255 characters').nullish();

const createFields = {
  name: nameSchema.nullish(),
  description: descriptionSchema.nullish(),
  display_name: nameSchema.nullish(),
  display_description: descriptionSchema.nullish(),
  volume_type: reference,
  metadata: metadataSchema.nullish(),
  snapshot_id: uuidSchema.nullish(),
  source_volid: uuidSchema.nullish(),
  consistencygroup_id: uuidSchema.nullish(),
  size: gibSchema.nullish(),
  availability_zone: z.string().min(1, 'must not be empty').max(255).nullish(),
  multiattach: booleanSchema.nullish(),
  image_id: reference,
  imageRef: reference,
  group_id: reference,
  backup_id: uuidSchema.nullish(),
};

const hints = z.record(z.string(), z.unknown()).nullish();

/** `POST /volumes`: unknown fields are ignored before 3.53. */
export const createVolumeSchema = z.strictObject({
  volume: z.looseObject(createFields),
  'OS-SCH-HNT:scheduler_hints': hints,
});

/** `POST /volumes` since 3.53: unknown fields are refused. */
export const createVolumeSchema353 = z.strictObject({
  volume: z.strictObject(createFields),
  'OS-SCH-HNT:scheduler_hints': hints,
});

/** The parsed body of `POST /volumes`. */
export type CreateVolumeBody = z.infer<typeof createVolumeSchema353>;

const updateFields = z.strictObject({
  name: nameSchema.nullish(),
  description: descriptionSchema.nullish(),
  display_name: nameSchema.nullish(),
  display_description: descriptionSchema.nullish(),
  metadata: metadataSchema.optional(),
});

/** `PUT /volumes/{id}`. */
export const updateVolumeSchema = z.strictObject({ volume: updateFields });

/** `PUT /volumes/{id}` since 3.53: at least one field. */
export const updateVolumeSchema353 = z.strictObject({
  volume: updateFields.refine(
    (fields) => Object.keys(fields).length > 0,
    'must have at least one of name, description, metadata',
  ),
});

/** A volume in a summary list. */
export const volumeSummarySchema = z.strictObject({
  id: z.uuid(),
  name: z.string().nullable(),
  links: linksSchema,
});

const volumeAttachmentSchema = z.strictObject({
  id: z.uuid(),
  attachment_id: z.uuid(),
  volume_id: z.uuid(),
  server_id: z.string().nullable(),
  host_name: z.string().nullable(),
  device: z.string().nullable(),
  attached_at: timeSchema.nullable(),
});

/** A volume in detail. Optional fields depend on the microversion or on the role. */
export const volumeDetailSchema = z.strictObject({
  id: z.uuid(),
  status: z.string(),
  size: z.number().int().describe('GiB'),
  availability_zone: z.string(),
  created_at: timeSchema,
  updated_at: timeSchema.nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  volume_type: z.string().nullable().describe('Name of the type'),
  snapshot_id: z.string().nullable(),
  source_volid: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  links: linksSchema,
  user_id: z.string(),
  bootable: z.enum(['true', 'false']),
  encrypted: z.boolean(),
  replication_status: z.null(),
  consistencygroup_id: z.null(),
  multiattach: z.boolean(),
  attachments: z.array(volumeAttachmentSchema),
  migration_status: z.string().nullable().optional().describe('Administrators only'),
  group_id: z.null().optional().describe('Since 3.13'),
  provider_id: z.string().nullable().optional().describe('Administrators only, since 3.21'),
  shared_targets: z.boolean().optional().describe('Since 3.48'),
  service_uuid: z.null().optional().describe('Since 3.48'),
  cluster_name: z.null().optional().describe('Administrators only, since 3.61'),
  volume_type_id: z.string().nullable().optional().describe('Since 3.63'),
  consumes_quota: z.boolean().optional().describe('Since 3.65'),
  volume_image_metadata: z
    .record(z.string(), z.string())
    .optional()
    .describe('What is known of the image that it was made of'),
  'os-vol-tenant-attr:tenant_id': z.string().optional(),
  'os-vol-host-attr:host': z.string().nullable().optional().describe('Administrators only'),
  'os-vol-mig-status-attr:migstat': z.string().nullable().optional().describe('Administrators only'),
  'os-vol-mig-status-attr:name_id': z.null().optional().describe('Administrators only'),
  [progressField]: progressSchema.optional(),
});

/** A volume in an answer. */
export type VolumeDetail = z.infer<typeof volumeDetailSchema>;

const page = { volumes_links: linksSchema.optional(), count: z.number().int().optional() };
/** The answer of `GET /volumes`. */
export const volumeListSchema = z.strictObject({ volumes: z.array(volumeSummarySchema), ...page });
/** The answer of `GET /volumes/detail`. */
export const volumeDetailListSchema = z.strictObject({ volumes: z.array(volumeDetailSchema), ...page });
/** The answer of create, show and update. */
export const volumeResponseSchema = z.strictObject({ volume: volumeDetailSchema });
