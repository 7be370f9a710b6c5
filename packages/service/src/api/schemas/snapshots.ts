import { z } from 'zod';
import { snapshotStatuses } from '../../model/index.ts';
import {
  booleanSchema,
  descriptionSchema,
  linksSchema,
  metadataSchema,
  nameSchema,
  timeSchema,
  uuidSchema,
} from './scalars.ts';

/** `POST /snapshots`. */
export const createSnapshotSchema = z.strictObject({
  snapshot: z.strictObject({
    name: nameSchema.nullish(),
    display_name: nameSchema.nullish(),
    description: descriptionSchema.nullish(),
    volume_id: uuidSchema,
    force: booleanSchema.nullish(),
    metadata: metadataSchema.nullish(),
  }),
});

/** `PUT /snapshots/{id}`. */
export const updateSnapshotSchema = z.strictObject({
  snapshot: z
    .strictObject({
      name: nameSchema.nullish(),
      description: descriptionSchema.nullish(),
      display_name: nameSchema.nullish(),
      display_description: descriptionSchema.nullish(),
    })
    .refine((fields) => Object.keys(fields).length > 0, 'must have at least one of name, description'),
});

/** Argument of `os-reset_status`. */
export const resetSnapshotStatusSchema = z.strictObject({
  status: z.string().trim().toLowerCase().pipe(z.enum(snapshotStatuses)),
});

/** A snapshot. Optional fields depend on the microversion. */
export const snapshotSchema = z.strictObject({
  id: z.uuid(),
  created_at: timeSchema,
  updated_at: timeSchema.nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  volume_id: z.uuid(),
  status: z.string(),
  size: z.number().int().describe('GiB of the volume'),
  metadata: z.record(z.string(), z.string()),
  group_snapshot_id: z.null().optional().describe('Since 3.14'),
  user_id: z.string().optional().describe('Since 3.41'),
  consumes_quota: z.boolean().optional().describe('Since 3.65'),
  'os-extended-snapshot-attributes:project_id': z.string().optional(),
  'os-extended-snapshot-attributes:progress': z.string().optional(),
});

/** A snapshot in an answer. */
export type SnapshotView = z.infer<typeof snapshotSchema>;

/** The answer of create, show and update. */
export const snapshotResponseSchema = z.strictObject({ snapshot: snapshotSchema });
/** The answer of both lists. */
export const snapshotListSchema = z.strictObject({
  snapshots: z.array(snapshotSchema),
  snapshots_links: linksSchema.optional(),
  count: z.number().int().optional(),
});
