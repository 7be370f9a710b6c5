import type { PluginCatalog, PluginEntry } from '@scoria/core';
import type { PluginKind } from '@scoria/core/contract';
import { z } from 'zod';
import { CliError } from '../cliError.ts';

/** One option of a plugin, for people. */
export interface OptionView {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly description: string;
}

const propertySchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  secret: z.boolean().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});

/** A plugin by name, with its options. @throws CliError notFound, refused (several kinds have the name) */
export async function inspectPlugin(
  catalog: PluginCatalog,
  name: string,
  kind: PluginKind | undefined,
): Promise<{ readonly plugin: PluginEntry; readonly options: readonly OptionView[] }> {
  const plugin = choose(catalog, name, kind);
  const schema = await catalog.optionsSchema(plugin);
  const properties = z
    .looseObject({ properties: z.record(z.string(), propertySchema) })
    .safeParse(schema?.document);
  const required =
    z.looseObject({ required: z.array(z.string()) }).safeParse(schema?.document).data?.required ?? [];
  const options = Object.entries(properties.data?.properties ?? {}).map(([option, property]) => ({
    name: option,
    type: typeOf(property),
    default:
      property.default === undefined
        ? required.includes(option)
          ? 'required'
          : ''
        : JSON.stringify(property.default),
    description: property.description ?? '',
  }));
  return { plugin, options };
}

function choose(catalog: PluginCatalog, name: string, kind: PluginKind | undefined): PluginEntry {
  const found = catalog.plugins.filter(
    (each) => each.name === name && (kind === undefined || each.kind === kind),
  );
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first !== undefined) {
    throw new CliError('refused', `${found.length} plugins are called "${name}".`, {
      hint: `Say which with --kind: ${found.map((each) => each.kind).join(', ')}.`,
    });
  }
  const broken = catalog.problems.find((problem) => problem.plugin?.name === name);
  if (broken !== undefined) throw new CliError('failed', broken.message);
  const known = catalog.plugins.map((each) => each.name).join(', ');
  throw new CliError('notFound', `There is no plugin "${name}".`, { hint: `Installed: ${known || 'none'}.` });
}

function typeOf(property: z.output<typeof propertySchema>): string {
  if (property.secret === true) return 'secret';
  if (property.enum !== undefined) return property.enum.map(String).join(' | ');
  if (property.anyOf !== undefined) {
    return property.anyOf.map((each) => typeOf(propertySchema.catch({}).parse(each))).join(' | ');
  }
  if (property.const !== undefined) return String(property.const);
  const base = [property.type ?? 'any'].flat().join(' | ');
  const { minimum, maximum } = property;
  if (minimum === undefined && maximum === undefined) return base;
  return `${base} ${minimum ?? ''}..${maximum === Number.MAX_SAFE_INTEGER ? '' : (maximum ?? '')}`;
}
