import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CatalogError } from './catalogError.ts';
import type { PluginEntry } from './pluginEntry.ts';

const documentSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(
    z.string(),
    z.looseObject({ description: z.string().optional(), secret: z.boolean().optional() }),
  ),
});

type Document = z.output<typeof documentSchema>;

/** The options of one plugin, known from its JSON Schema without running anything of it. */
export interface OptionsSchema {
  /** `driver "iscsi"`, for messages. */
  readonly owner: string;
  /** The JSON Schema as it was shipped. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Names of its options. */
  readonly names: readonly string[];
  /** Those of them that are secret (`"secret": true`). */
  readonly secretNames: readonly string[];
  /** What an option is for, as its schema says. */
  describe(name: string): string | undefined;
  /** Checks its own options in a section; others are not looked at. */
  readonly schema: z.ZodType;
}

/**
 * Reads the options schema that a plugin ships.
 * @throws CatalogError PLUGIN_BAD_OPTIONS_SCHEMA
 */
export async function readOptionsSchema(plugin: PluginEntry): Promise<OptionsSchema | undefined> {
  const { optionsSchema: path, kind, name } = plugin;
  if (path === undefined) return undefined;
  const owner = `${kind} "${name}"`;
  try {
    return parseOptionsSchema(owner, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the options schema of the ${owner}, ${path}, cannot be used: ${why}`;
    throw new CatalogError('PLUGIN_BAD_OPTIONS_SCHEMA', message, { paths: [path], plugin, cause });
  }
}

/**
 * Makes an options schema of a JSON Schema document (also of what a driver answers to `initialize`).
 * @throws Error when it is not the JSON Schema of an object, or uses what cannot be checked.
 */
export function parseOptionsSchema(owner: string, value: unknown): OptionsSchema {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  const document: Document = parsed.data;
  const names = Object.keys(document.properties);
  return {
    owner,
    document,
    names,
    secretNames: names.filter((each) => document.properties[each]?.secret === true),
    describe: (name) => document.properties[name]?.description,
    // The document was checked to be an object schema; what zod cannot express makes it throw.
    schema: z.fromJSONSchema(withoutBan(document) as Parameters<typeof z.fromJSONSchema>[0]),
  };
}

/**
 * The schema without its ban on further properties: a backend section is flat, so every plugin's schema meets the options
 * of the others. Who owns none of them is found by `checkOptions`.
 */
function withoutBan(document: Document): Document {
  const { additionalProperties, unevaluatedProperties, ...open } = document;
  return {
    ...open,
    ...(additionalProperties !== false && { additionalProperties }),
    ...(unevaluatedProperties !== false && { unevaluatedProperties }),
  };
}
