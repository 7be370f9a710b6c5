import { z } from 'zod';
import { booleanSchema, metadataSchema, nameSchema } from './scalars.ts';

const fields = {
  image_name: nameSchema.min(1, 'must not be empty'),
  force: booleanSchema.nullish(),
  container_format: z
    .enum(['bare'], "must be 'bare': an image of a volume is in no other container")
    .nullish(),
  disk_format: z
    .enum(['raw', 'qcow2'], "must be 'raw' or 'qcow2': volumes are uploaded in no other format")
    .nullish(),
};

/** Argument of `os-volume_upload_image`: unknown fields are ignored before 3.1, as Cinder does. */
export const uploadImageSchema = z.looseObject({
  ...fields,
  visibility: z.enum(['public', 'private', 'shared', 'community']).nullish(),
  protected: booleanSchema.nullish(),
});

/** Argument of `os-reimage`. */
export const reimageSchema = z.strictObject({
  image_id: z.string().min(1, 'must not be empty').max(255, 'must be at most 255 characters'),
  reimage_reserved: booleanSchema.nullish(),
});

/** Argument of `os-set_image_metadata`. */
export const setImageMetadataSchema = z.strictObject({ metadata: metadataSchema });

/** Argument of `os-unset_image_metadata`. */
export const unsetImageMetadataSchema = z.strictObject({
  key: z.string().min(1, 'must not be empty').max(255, 'must be at most 255 characters'),
});
