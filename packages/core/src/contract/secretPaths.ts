import { z } from 'zod';

/**
 * Paths of every secret field of a schema, in dotted form with `*` for array elements and record values
 * (`volume.providerAuth`, `connections.*.connectionInfo.data.auth_password`). Redaction is generated from them; nobody
 * guesses at key names.
 */
export function secretPaths(schema: z.ZodType): string[] {
  const found = new Set<string>();
  walk(schema, [], found, new Set());
  return [...found].sort();
}

function walk(schema: z.core.$ZodType, path: string[], found: Set<string>, seen: Set<z.core.$ZodType>): void {
  if (seen.has(schema)) return;
  const inside = new Set(seen).add(schema);
  if (z.globalRegistry.get(schema)?.['secret'] === true) {
    found.add(path.join('.'));
    return;
  }
  for (const [step, child] of children(schema))
    walk(child, step === null ? path : [...path, step], found, inside);
}

type Child = readonly [step: string | null, schema: z.core.$ZodType];

function children(schema: z.core.$ZodType): Child[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape).map(([key, field]) => [key, field] as const);
    case 'array':
      return [['*', def.element]];
    case 'record':
      return [['*', def.valueType]];
    case 'tuple':
      return def.items.map((item) => ['*', item] as const);
    case 'union':
      return def.options.map((option) => [null, option] as const);
    case 'intersection':
      return [
        [null, def.left],
        [null, def.right],
      ];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return [[null, def.innerType]];
    case 'pipe':
      return [
        [null, def.in],
        [null, def.out],
      ];
    case 'lazy':
      return [[null, def.getter()]];
    default:
      return [];
  }
}
