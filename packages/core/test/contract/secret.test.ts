import { format, inspect } from 'node:util';
import { isSecret, SECRET_BRAND, Secret, secretSchema } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const PLAIN = 'CANARY-plain-value';

/** Ways in which a value becomes text by accident. */
const conversions: Record<string, (secret: Secret) => string> = {
  'a template': (secret) => `${secret}`,
  concatenation: (secret) => `x${String(secret)}`,
  'String()': (secret) => String(secret),
  'toString()': (secret) => secret.toString(),
  'a join': (secret) => [secret].join(','),
  JSON: (secret) => JSON.stringify({ password: secret }),
  'JSON of a spread': (secret) => JSON.stringify({ ...secret }),
  inspect: (secret) => inspect({ secret }, { depth: null }),
  'inspect with hidden fields': (secret) => inspect(secret, { showHidden: true, depth: null }),
  'inspect without custom': (secret) => inspect(secret, { customInspect: false, showHidden: true }),
  'format %s': (secret) => format('%s', secret),
  'format %o': (secret) => format('%o', secret),
  'format %j': (secret) => format('%j', secret),
  'an error message': (secret) => inspect(new Error(`bad ${secret}`, { cause: secret })),
  'a structured clone': (secret) => inspect(structuredClone({ ...secret, inner: [secret] })),
  'Object.entries': (secret) => JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret).map(String)]),
  'a property key': (secret) => Object.keys({ [String(secret)]: 1 }).join(','),
  'Object.assign': (secret) => inspect(Object.assign({}, secret)),
};

describe('Secret', () => {
  it.each(Object.entries(conversions))('does not show through %s', (_, convert) => {
    expect(convert(new Secret(PLAIN))).not.toContain('CANARY');
  });

  it('is masked where it is converted, so that its place can be seen', () => {
    expect(`${new Secret(PLAIN)}`).toBe('[secret]');
    expect(JSON.stringify([new Secret(PLAIN)])).toBe('["[secret]"]');
    expect(inspect(new Secret(PLAIN))).toBe('[secret]');
  });

  it('gives its text only when asked', () => {
    expect(new Secret(PLAIN).reveal()).toBe(PLAIN);
  });

  it('compares by text', () => {
    expect(new Secret(PLAIN).equals(new Secret(PLAIN))).toBe(true);
    expect(new Secret(PLAIN).equals(new Secret('other'))).toBe(false);
  });

  it('is recognised across copies of the package by its brand', () => {
    class Foreign {
      get [SECRET_BRAND](): true {
        return true;
      }
      reveal(): string {
        return PLAIN;
      }
    }
    expect(isSecret(new Secret(PLAIN))).toBe(true);
    expect(isSecret(new Foreign())).toBe(true);
    expect(new Secret(PLAIN).equals(new Foreign())).toBe(true);
    expect(new Secret('other').equals(new Foreign())).toBe(false);
    expect(z.encode(secretSchema, new Foreign() as unknown as Secret)).toBe(PLAIN);
  });

  it.each([
    ['a text', PLAIN],
    ['null', null],
    ['an object', {}],
    ['a spread of a secret', { ...new Secret(PLAIN) }],
    ['a clone of a secret', structuredClone(new Secret(PLAIN))],
  ])('does not take %s for a secret', (_, value) => {
    expect(isSecret(value)).toBe(false);
  });
});

describe('secretSchema', () => {
  it('is text on the wire and Secret in memory', () => {
    const secret = z.decode(secretSchema, PLAIN);
    expect(isSecret(secret)).toBe(true);
    expect(z.encode(secretSchema, secret)).toBe(PLAIN);
  });

  it('does not show a refused value in its error', () => {
    const wire = z.safeParse(secretSchema, `CANARY${'x'.repeat(5_000)}`);
    const memory = z.safeEncode(secretSchema, 'CANARY' as unknown as Secret);
    for (const { error } of [wire, memory]) {
      expect(error).toBeDefined();
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain('CANARY');
    }
  });

  it('refuses an empty secret', () => {
    expect(secretSchema.safeParse('').success).toBe(false);
  });
});
