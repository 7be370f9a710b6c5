import { z } from 'zod';
import { metadataSchema, singleMetadataSchema } from './scalars.ts';

/** `POST` and `PUT …/metadata`, and their answer. */
export const metadataBodySchema = z.strictObject({ metadata: metadataSchema });
/** `PUT …/metadata/{key}`, and its answer. */
export const metaBodySchema = z.strictObject({ meta: singleMetadataSchema });
