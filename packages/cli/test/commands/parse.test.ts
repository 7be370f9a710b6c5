import { describe, expect, it } from 'vitest';
import { collectPairs, parseSize } from '../../src/commands/parse.ts';

describe('arguments', () => {
  it.each([
    ['1', 1],
    ['10G', 10],
    ['10 GiB', 10],
    ['2T', 2048],
    ['8388607', 8_388_607],
  ])('take %s as a size', (text, gib) => expect(parseSize(text)).toBe(gib));

  it.each(['', '0', '-1', '1.5', '1M', '8388608', '9000T', 'ten', '0x10'])('refuse "%s" as a size', (text) =>
    expect(() => parseSize(text)).toThrow(/whole GiB/),
  );

  it('collect pairs, values with "=" included', () => {
    expect(collectPairs('b=c=d', collectPairs('a='))).toEqual({ a: '', b: 'c=d' });
    expect(() => collectPairs('=x')).toThrow(/key=value/);
  });
});
