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
  progressSchema,
} from './protocol.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const GENERATED = 'Generated from packages/core/src/contract. Do not edit.';

/** A JSON Schema document. */
export type JsonSchema = Record<string, unknown>;

/** Formats of JSON Schema itself (2020-12 §7.3) that the contract uses. zod has others of its own. */
const standardFormats: ReadonlySet<string> = new Set(['uuid', 'uri', 'ipv4', 'ipv6', 'date-time']);

/**
 * JSON Schema (2020-12) of a zod schema as it looks on the wire. Shared models are in its `$defs`. Strict validators
 * refuse a format that they do not know, so only standard ones stay; the pattern beside it says the same.
 */
export function wireJsonSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined && !standardFormats.has(jsonSchema.format))
        delete jsonSchema.format;
    },
  }) as JsonSchema;
}

/** The `scoria` field of a plugin's package.json as JSON Schema. */
export function manifestJsonSchema(): JsonSchema {
  return { ...wireJsonSchema(pluginManifestSchema), $comment: GENERATED };
}

/**
 * The whole contract as one JSON Schema document, for drivers in other languages. Every message is a definition
 * (`#/$defs/createVolume.params`); `operations` says what belongs to each operation.
 */
export function contractJsonSchema(): JsonSchema {
  const definitions: JsonSchema = {};
  const define = (name: string, schema: z.ZodType): { $ref: string } => {
    const { $schema: _, $defs: shared, ...body } = wireJsonSchema(schema);
    Object.assign(definitions, shared, { [name]: body });
    return { $ref: `#/$defs/${name}` };
  };
  const wire = {
    initialize: {
      params: define('initialize.params', initializeParamsSchema),
      result: define('initialize.result', initializeResultSchema),
    },
    configure: { params: define('configure.params', configureParamsSchema) },
    probe: { result: define('probe.result', probeResultSchema) },
    meta: define('meta', callMetaSchema),
    progress: define('progress', progressSchema),
    error: define('error', wireErrorSchema),
    manifest: define('manifest', pluginManifestSchema),
  };
  const table = operationNames.map((name) => {
    const { summary, params, result, errors, idempotency, deadlineMs, cancel, required } = operations[name];
    return [
      name,
      {
        summary,
        required,
        deadlineMs,
        cancel,
        idempotency,
        params: define(`${name}.params`, params),
        result: define(`${name}.result`, result),
        errors: [...errors, ...commonErrors],
      },
    ];
  });
  return {
    $schema: DIALECT,
    $comment: GENERATED,
    wire,
    operations: Object.fromEntries(table),
    $defs: definitions,
  };
}
