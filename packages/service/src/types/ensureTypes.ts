import type { Tables } from '../state/index.ts';

/** A type that a configuration asks for. */
export interface ConfiguredType {
  readonly description?: string | undefined;
  readonly is_public: boolean;
  readonly extra_specs: Readonly<Record<string, string>>;
}

/** Name of the type that is always there. */
const BUILT_IN = '__DEFAULT__';

/**
 * Makes the default type and those of the configuration where they do not exist; existing ones are left as they are.
 *
 * @throws Error when the configured default is none of them.
 */
export async function ensureTypes(
  tables: Tables,
  configured: Readonly<Record<string, ConfiguredType>>,
  defaultName: string,
): Promise<void> {
  const wanted = {
    [BUILT_IN]: { description: 'Default Volume Type', is_public: true, extra_specs: {} },
    ...configured,
  };
  for (const [name, { description, is_public, extra_specs }] of Object.entries(wanted)) {
    if ((await tables.types.find(name)) !== undefined) continue;
    const id = crypto.randomUUID();
    await tables.types.insert({
      id,
      name,
      description: description ?? null,
      isPublic: is_public,
      extraSpecs: extra_specs,
    });
    await tables.typeSpecs.merge(id, extra_specs);
  }
  if ((await tables.types.find(defaultName)) === undefined)
    throw new Error(`default_volume_type: there is no volume type "${defaultName}"; add it to volume_types`);
}
