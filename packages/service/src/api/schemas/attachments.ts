import { z } from 'zod';
import { connectorBodySchema } from './connector.ts';
import { timeSchema, uuidSchema } from './scalars.ts';

const createFields = {
  volume_uuid: uuidSchema,
  instance_uuid: uuidSchema.nullish(),
  connector: connectorBodySchema.nullish(),
};

/** A connector that says something; an empty one can neither export nor be refused for a reason. */
const fullConnector = connectorBodySchema.refine(
  (connector) => Object.keys(connector).length > 0,
  'must not be empty',
);

/** `POST /attachments`. */
export const createAttachmentSchema = z.strictObject({
  attachment: z.strictObject({ ...createFields, mode: z.undefined().optional() }),
});

/** `POST /attachments` since 3.54: with `mode`. */
export const createAttachmentSchema354 = z.strictObject({
  attachment: z.strictObject({ ...createFields, mode: z.enum(['rw', 'ro']).nullish() }),
});

/** The parsed body of `POST /attachments`. */
export type CreateAttachmentBody = z.infer<typeof createAttachmentSchema354>;

/** `PUT /attachments/{id}`. */
export const updateAttachmentSchema = z.strictObject({
  attachment: z.strictObject({ connector: fullConnector }),
});

/** An attachment in a summary list. */
export const attachmentSummarySchema = z.strictObject({
  id: z.uuid(),
  status: z.string(),
  instance: z.string().nullable(),
  volume_id: z.uuid(),
});

const time = z.union([timeSchema, z.literal('')]);

/** An attachment. `connection_info` is flat: the data of the connection and `driver_volume_type` beside it. */
export const attachmentDetailSchema = z.strictObject({
  ...attachmentSummarySchema.shape,
  attached_at: time,
  detached_at: time,
  attach_mode: z.enum(['rw', 'ro']).nullable(),
  connection_info: z.record(z.string(), z.unknown()),
});

/** The answer of create, show and update. */
export const attachmentResponseSchema = z.strictObject({ attachment: attachmentDetailSchema });
/** The answer of `GET /attachments` and of delete. */
export const attachmentListSchema = z.strictObject({ attachments: z.array(attachmentSummarySchema) });
/** The answer of `GET /attachments/detail`. */
export const attachmentDetailListSchema = z.strictObject({ attachments: z.array(attachmentDetailSchema) });
