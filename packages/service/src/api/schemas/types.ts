import { z } from 'zod';
import { booleanSchema, descriptionSchema, extraSpecsSchema, linksSchema, nameSchema } from './scalars.ts';

const typeName = nameSchema.min(1, 'must not be empty');

/** `POST /types`. */
export const createTypeSchema = z.strictObject({
  volume_type: z.strictObject({
    name: typeName,
    description: descriptionSchema.nullish(),
    extra_specs: extraSpecsSchema.optional(),
    'os-volume-type-access:is_public': booleanSchema.default(true),
  }),
});

/** `PUT /types/{id}`. */
export const updateTypeSchema = z.strictObject({
  volume_type: z
    .strictObject({
      name: typeName.nullish(),
      description: descriptionSchema.nullish(),
      is_public: booleanSchema.nullish(),
    })
    .refine(
      (fields) => Object.values(fields).some((value) => value !== null && value !== undefined),
      'must specify name, description, is_public or a combination thereof',
    ),
});

/** `POST /types/{id}/extra_specs`, and its answer. */
export const extraSpecsBodySchema = z.strictObject({ extra_specs: extraSpecsSchema });
/** `PUT /types/{id}/extra_specs/{key}`, and its answer: one bare pair. */
export const extraSpecBodySchema = extraSpecsSchema.refine(
  (pairs) => Object.keys(pairs).length === 1,
  'must hold exactly one pair',
);

/** A volume type. */
export const typeSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  is_public: z.boolean(),
  'os-volume-type-access:is_public': z.boolean(),
  extra_specs: z.record(z.string(), z.string()),
  qos_specs_id: z.null().optional().describe('Administrators only'),
});

/** A volume type in an answer. */
export type TypeView = z.infer<typeof typeSchema>;
/** The answer of create, show and update. */
export const typeResponseSchema = z.strictObject({ volume_type: typeSchema });
/** The answer of `GET /types`. */
export const typeListSchema = z.strictObject({
  volume_types: z.array(typeSchema),
  volume_type_links: linksSchema.optional(),
});
