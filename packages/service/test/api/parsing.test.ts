import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTextDict } from '../../src/api/http/pythonDict.ts';
import { parseTimeFilter } from '../../src/api/http/timeFilter.ts';
import { cinderTime } from '../../src/api/views/time.ts';

describe('a dictionary in a query', () => {
  it.each([
    ['{}', {}],
    ["{'a': 'b'}", { a: 'b' }],
    ["{u'a': u'b', 'c': 1}", { a: 'b', c: '1' }],
    ['{"a": "b",}', { a: 'b' }],
    [`{'a': "it's", "b": '\\'q\\''}`, { a: "it's", b: "'q'" }],
    ["{'a': True}", { a: 'True' }],
  ])('%s', (text, expected) => {
    expect(parseTextDict(text)).toEqual(expected);
  });

  it.each(['', '{', 'a', '[]', "{'a'}", "{'a': }", "{'a': 'b' 'c': 'd'}", "{'a': ['b']}", "{'a': 'b'} or 1"])(
    'is not %s',
    (text) => {
      expect(parseTextDict(text)).toBeNull();
    },
  );

  it('reads back any JSON dictionary of printable text', () => {
    const plain = fc.string().filter(
      (text) =>
        JSON.stringify(text)
          .replaceAll(/\\["\\]/g, '')
          .includes('\\') === false,
    );
    fc.assert(
      fc.property(fc.dictionary(plain, plain), (dictionary) => {
        expect({ ...parseTextDict(JSON.stringify(dictionary)) }).toEqual({ ...dictionary });
      }),
    );
  });

  it('does not take for ever', () => {
    const start = performance.now();
    parseTextDict(`{${"'a': 'b', ".repeat(1500)}'a`);
    parseTextDict(`{'${'\\'.repeat(16_000)}}`);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('a time filter', () => {
  it.each([
    ['gt:2026-01-02', '2026-01-02T00:00:00.000Z'],
    ['gt:2026-01-02T03:04', '2026-01-02T03:04:00.000Z'],
    ['gt:2026-01-02T03:04:05', '2026-01-02T03:04:05.000Z'],
    ['gt:2026-01-02T03:04:05.678901', '2026-01-02T03:04:05.678Z'],
    ['gt:2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['gt:2026-01-02T03:04:05+0200', '2026-01-02T01:04:05.000Z'],
    ['gt:2026-01-02T03:04:05-02:00', '2026-01-02T05:04:05.000Z'],
  ])('%s', (text, value) => {
    expect(parseTimeFilter('created_at', text)).toEqual([{ column: 'created_at', operator: 'gt', value }]);
  });
});

describe('a time shown', () => {
  it.each([
    ['2026-11-23T10:00:00.123Z', '2026-11-23T10:00:00.123000'],
    ['2026-11-23T10:00:00Z', '2026-11-23T10:00:00.000000'],
    ['2026-11-23T10:00:00.123456789Z', '2026-11-23T10:00:00.123456'],
    [null, null],
  ])('%s', (iso, shown) => {
    expect(cinderTime(iso)).toBe(shown);
  });
});
