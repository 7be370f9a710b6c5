import { z } from 'zod';

/** Picks one of `count` alternatives; a property test feeds it from its random tape. */
export type Choose = (count: number) => number;

/** Texts of which at least one satisfies any string schema of the contract. */
const texts = [
  'volume-4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e',
  '4d1b9ad2-2f0e-4a55-8a51-5a3f7d1f0c2e',
  '/dev/disk/by-id/one',
  '8192',
  '5001405ab0123456',
  'iqn.2010-10.org.openstack:volume-1',
  'driver-one',
];

/** A value on the wire that a schema accepts, with a marked text in each secret field. */
export interface WireSample {
  readonly value: unknown;
  readonly canaries: readonly string[];
}

/**
 * Builds a wire value of `schema` with every optional field present where `choose` says so, and a different canary in
 * every secret field.
 */
export function wireSample(schema: z.ZodType, choose: Choose): WireSample {
  const canaries: string[] = [];
  const plant = (): string => {
    const canary = `CANARY-${canaries.length}-qzjx`;
    canaries.push(canary);
    return canary;
  };
  return { value: sample(schema, choose, plant), canaries };
}

function sample(schema: z.core.$ZodType, choose: Choose, plant: () => string): unknown {
  if (z.globalRegistry.get(schema)?.['secret'] === true) return plant();
  const next = (inner: z.core.$ZodType): unknown => sample(inner, choose, plant);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(def.shape)
          .map(([key, field]) => [key, next(field)] as const)
          .filter(([, value]) => value !== undefined),
      );
    case 'array':
      return Array.from({ length: 1 + choose(2) }, () => next(def.element));
    case 'record':
      return { first: next(def.valueType), second: next(def.valueType) };
    case 'tuple':
      return def.items.map((item) => next(item));
    case 'union':
      return next(pick(def.options, choose));
    case 'optional':
    case 'default':
    case 'prefault':
      return choose(4) === 0 ? undefined : next(def.innerType);
    case 'nullable':
      return choose(4) === 0 ? null : next(def.innerType);
    case 'readonly':
    case 'nonoptional':
      return next(def.innerType);
    case 'enum':
      return pick(Object.values(def.entries), choose);
    case 'literal':
      return pick(def.values, choose);
    case 'boolean':
      return choose(2) === 1;
    case 'number':
      return firstAccepted(schema, [choose(100) + 1, 1, 0]);
    case 'string':
      return firstAccepted(schema, texts);
    case 'unknown':
      return 'anything';
    default:
      throw new Error(`the sampler does not know zod type ${def.type}`);
  }
}

function pick<T>(from: readonly T[], choose: Choose): T {
  const chosen = from[choose(from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

function firstAccepted(schema: z.core.$ZodType, candidates: readonly unknown[]): unknown {
  const found = candidates.find((candidate) => z.safeParse(schema, candidate).success);
  if (found === undefined) throw new Error('no candidate satisfies the schema: add one to the sampler');
  return found;
}
