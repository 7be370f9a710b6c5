import { contractJsonSchema, operationNames, wireJsonSchema } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contractSchemas } from './support/contractSchemas.ts';

const schemaShape = z.looseObject({ $schema: z.literal('https://json-schema.org/draft/2020-12/schema') });
const contractShape = z.looseObject({
  operations: z.record(
    z.string(),
    z.looseObject({ params: schemaShape, result: schemaShape, errors: z.array(z.string()) }),
  ),
});

describe('JSON Schema', () => {
  it.each(contractSchemas)('of %s can be made and is JSON', (_, schema) => {
    const made = wireJsonSchema(schema);
    expect(schemaShape.safeParse(made).success).toBe(true);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });

  it('of the whole contract has every operation', () => {
    const { operations } = contractShape.parse(contractJsonSchema());
    expect(Object.keys(operations)).toEqual(operationNames);
  });

  it('says of a size that it is an exact integer, and of a secret that it is one', () => {
    const text = JSON.stringify(contractShape.parse(contractJsonSchema()).operations['createVolume']?.params);
    expect(text).toContain('"size":{"type":"integer","minimum":0,"maximum":9007199254740991}');
    expect(text).toContain('"secret":true');
  });

  it('describes the wire, not the memory: fields with a default are not required', () => {
    const made = contractShape.parse(contractJsonSchema()).operations['getVolumeStats']?.params;
    expect(made?.['required']).toBeUndefined();
  });
});
