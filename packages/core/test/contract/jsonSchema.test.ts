import { contractJsonSchema, operationNames, operations, wireJsonSchema } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contractSchemas } from './support/contractSchemas.ts';

const schemaShape = z.looseObject({ $schema: z.literal('https://json-schema.org/draft/2020-12/schema') });
const definition = z.looseObject({});
const reference = z.object({ $ref: z.string().startsWith('#/$defs/') });
const contractShape = z.looseObject({
  $schema: schemaShape.shape.$schema,
  $defs: z.record(z.string(), definition),
  operations: z.record(
    z.string(),
    z.looseObject({ params: reference, result: reference, errors: z.array(z.string()) }),
  ),
});

/** Every `$ref` anywhere in a JSON value. */
function referencesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : referencesIn(child),
  );
}

describe('JSON Schema', () => {
  it.each(contractSchemas)('of %s can be made and is JSON', (_, schema) => {
    const made = wireJsonSchema(schema);
    expect(schemaShape.safeParse(made).success).toBe(true);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('of the whole contract has every operation, and defines all it refers to', () => {
    const contract = contractShape.parse(contractJsonSchema());
    expect(Object.keys(contract.operations)).toEqual(operationNames);
    const missing = referencesIn(contract).filter(
      (each) => !(each.slice('#/$defs/'.length) in contract.$defs),
    );
    expect(missing).toEqual([]);
  });

  it('defines each shared model once', () => {
    const { $defs } = contractShape.parse(contractJsonSchema());
    for (const model of [
      'Volume',
      'Snapshot',
      'Connector',
      'ConnectionInfo',
      'Identity',
      'Work',
      'OwnedObject',
    ]) {
      expect($defs, model).toHaveProperty(model);
    }
    expect($defs['createVolume.params']).toMatchObject({
      properties: { volume: { $ref: '#/$defs/Volume' } },
    });
    expect(Object.keys($defs).filter((name) => name.startsWith('__'))).toEqual([]);
  });

  it('says of a size that it is an exact integer, of a secret that it is one, of a name what it may not be', () => {
    const volume = contractShape.parse(contractJsonSchema()).$defs['Volume'];
    expect(volume?.['properties']).toMatchObject({
      size: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      name: { allOf: [{ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }, { pattern: '^(?!.*\\.\\.)' }] },
    });
    expect(JSON.stringify(volume?.['properties'])).toContain('"secret":true');
  });

  it('names no format that a strict validator does not know', () => {
    const formats = JSON.stringify(contractJsonSchema()).match(/"format":"[^"]*"/g) ?? [];
    expect([...new Set(formats)]).toEqual(['"format":"uuid"']);
  });

  it('describes the wire, not the memory: fields with a default are not required', () => {
    expect(wireJsonSchema(operations.getVolumeStats.params)['required']).toBeUndefined();
    expect(wireJsonSchema(operations.extendVolume.params)['required']).toEqual(['volume', 'newSize']);
  });

  it('describes every field that has no model of its own', () => {
    const { $defs } = contractShape.parse(contractJsonSchema());
    const silent = Object.entries($defs).flatMap(([name, { properties }]) =>
      Object.entries(z.record(z.string(), z.looseObject({})).parse(properties ?? {}))
        .filter(([, field]) => field['description'] === undefined && referencesIn(field).length === 0)
        .map(([field]) => `${name}.${field}`),
    );
    expect(silent).toEqual([]);
  });
});
