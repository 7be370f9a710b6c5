import { inspect } from 'node:util';
import { isSecret, operations, secretPaths, secretSchema } from '@scoria/core/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { choices } from './support/choices.ts';
import { contractSchemas } from './support/contractSchemas.ts';
import { wireSample } from './support/wireSample.ts';

/** Dotted paths of every Secret inside a decoded value, with the real keys and indexes. */
function secretsIn(value: unknown, path: readonly string[] = []): string[] {
  if (isSecret(value)) return [path.join('.')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => secretsIn(child, [...path, key]));
}

const matches = (pattern: string, path: string): boolean => {
  const steps = path.split('.');
  const wanted = pattern.split('.');
  return (
    wanted.length === steps.length && wanted.every((want, index) => want === '*' || want === steps[index])
  );
};

describe('secretPaths', () => {
  it.each(contractSchemas)('covers every secret of %s, and none shows in memory', (_, schema) => {
    const patterns = secretPaths(schema);
    fc.assert(
      fc.property(choices, (choose) => {
        const { value, canaries } = wireSample(schema, choose);
        const decoded: unknown = z.decode(schema, value as never);
        const found = secretsIn(decoded);
        expect(found).toHaveLength(canaries.length);
        expect(found.filter((path) => !patterns.some((pattern) => matches(pattern, path)))).toEqual([]);
        const shown = [
          JSON.stringify(decoded),
          inspect(decoded, { depth: null, showHidden: true }),
          inspect(structuredClone(decoded), { depth: null }),
        ].join('\n');
        expect(shown).not.toContain('CANARY');
        const encoded = JSON.stringify(z.encode(schema, decoded as never));
        for (const canary of canaries) expect(encoded).toContain(canary);
      }),
      { numRuns: 40 },
    );
  });

  it('meets secrets at all in the operations that carry them', () => {
    const carrying = contractSchemas
      .filter(([, schema]) => secretPaths(schema).length > 0)
      .map(([name]) => name);
    expect(carrying).toContain('initializeConnection result');
    expect(carrying).toContain('ensureExport params');
    expect(carrying).toContain('createVolume params');
    expect(secretPaths(operations.ensureExport.params)).toEqual([
      'connections.*.connectionInfo.data.auth_password',
      'volume.providerAuth',
    ]);
    expect(secretPaths(operations.initializeConnection.params)).toEqual([
      'previous.data.auth_password',
      'volume.providerAuth',
    ]);
  });

  it('looks through every wrapper that zod has', () => {
    const schema = z.object({
      optional: secretSchema.optional(),
      nullish: secretSchema.nullish(),
      described: secretSchema.describe('keeps its tag'),
      withDefault: secretSchema.nullable().default(null),
      readonly: z.object({ deep: secretSchema }).readonly(),
      list: z.array(z.object({ key: secretSchema })),
      record: z.record(z.string(), secretSchema),
      tuple: z.tuple([z.string(), secretSchema]),
      union: z.union([z.string(), z.object({ inside: secretSchema })]),
      both: z.intersection(z.object({ left: secretSchema }), z.object({ right: z.string() })),
      lazy: z.lazy(() => z.object({ late: secretSchema })),
      piped: z.object({ through: secretSchema }).pipe(z.any()),
      plain: z.string(),
    });
    expect(secretPaths(schema)).toEqual([
      'both.left',
      'described',
      'lazy.late',
      'list.*.key',
      'nullish',
      'optional',
      'piped.through',
      'readonly.deep',
      'record.*',
      'tuple.*',
      'union.inside',
      'withDefault',
    ]);
  });

  it('ends on a schema that contains itself', () => {
    const tree: z.ZodType = z.object({ secret: secretSchema, child: z.lazy(() => tree).optional() });
    expect(secretPaths(tree)).toContain('secret');
  });
});
