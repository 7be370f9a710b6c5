import { fillDefaults, operationNames, operations, Secret } from '@scoria/core/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { choices } from './support/choices.ts';
import { wireSample } from './support/wireSample.ts';

describe('fillDefaults', () => {
  it('fills what a caller may leave out, so that it can be encoded', () => {
    const { params } = operations.getVolumeStats;
    expect(z.encode(params, fillDefaults(params, {}))).toEqual({ refresh: false });
    const { result } = operations.terminateConnection;
    expect(z.encode(result, fillDefaults(result, {}))).toEqual({ connectionInfo: null });
  });

  it('keeps what is there, secrets included, and leaves the input alone', () => {
    const schema = z.object({ flag: z.boolean().default(true), secret: z.custom<Secret>() });
    const written = { flag: false, secret: new Secret('CANARY') };
    const filled = fillDefaults(schema, written);
    expect(filled.flag).toBe(false);
    expect(filled.secret).toBe(written.secret);
    expect(fillDefaults(schema, { secret: written.secret })).toEqual({ flag: true, secret: written.secret });
  });

  it('gives each call a default of its own', () => {
    const { result } = operations.createVolume;
    const first = fillDefaults(result, {});
    first.work.push({
      kind: 'wipe',
      method: 'zero',
      guarantee: 'reads-as-zero',
      length: 1 as never,
      target: { path: '/x', identity: { type: 'serial', serial: 's' }, offset: 0 as never },
    });
    expect(fillDefaults(result, {}).work).toEqual([]);
  });

  it('drops fields that are present but undefined, as JSON would', () => {
    const { params } = operations.createExport;
    const filled = fillDefaults(params, { volume: {} as never, connector: undefined });
    expect(Object.keys(filled)).toEqual(['volume']);
  });

  it.each(['text', 42, null, undefined, []])('does not make a valid object of %j', (value) => {
    const { result } = operations.deleteVolume;
    expect(z.safeEncode(result, fillDefaults(result, value as never)).success).toBe(false);
  });

  it('leaves a schema that is no object alone', () => {
    expect(fillDefaults(z.string(), 'x')).toBe('x');
  });

  it.each(operationNames)('%s: whatever is decoded encodes again, to the same meaning', (name) => {
    for (const schema of [operations[name].params, operations[name].result]) {
      fc.assert(
        fc.property(choices, (choose) => {
          const decoded = z.decode(schema, wireSample(schema, choose).value as never);
          const again: unknown = JSON.parse(JSON.stringify(z.encode(schema, decoded as never)));
          expect(z.encode(schema, z.decode(schema, again as never) as never)).toEqual(again);
        }),
        { numRuns: 20 },
      );
    }
  });
});
