import { z } from 'zod';
import { wireErrorSchema } from './errors.ts';
import { pluginManifestSchema } from './manifest.ts';
import { commonErrors, operationNames, operations } from './operations/index.ts';
import {
  callMetaSchema,
  configureParamsSchema,
  initializeParamsSchema,
  initializeResultSchema,
  probeResultSchema,
} from './protocol.ts';

/** JSON Schema (2020-12) of a zod schema as it looks on the wire. */
export function wireJsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input' }) as Record<string, unknown>;
}

/** The whole contract as JSON Schema, for drivers in other languages. */
export function contractJsonSchema(): Record<string, unknown> {
  return {
    $comment: 'Generated from packages/core/src/contract. Do not edit.',
    manifest: wireJsonSchema(pluginManifestSchema),
    initialize: {
      params: wireJsonSchema(initializeParamsSchema),
      result: wireJsonSchema(initializeResultSchema),
    },
    configure: { params: wireJsonSchema(configureParamsSchema) },
    probe: { result: wireJsonSchema(probeResultSchema) },
    meta: wireJsonSchema(callMetaSchema),
    error: wireJsonSchema(wireErrorSchema),
    operations: Object.fromEntries(
      operationNames.map((name) => {
        const { params, result, errors, required, deadlineMs, cancel } = operations[name];
        return [
          name,
          {
            required,
            deadlineMs,
            cancel,
            params: wireJsonSchema(params),
            result: wireJsonSchema(result),
            errors: [...errors, ...commonErrors],
          },
        ];
      }),
    ),
  };
}
