import { describe, expect, it } from 'vitest';
import { formatCell, formatFields, formatTable } from '../../src/output/table.ts';
import { formatTree } from '../../src/output/tree.ts';

describe('tables', () => {
  it('align columns, wide characters included', () => {
    expect(
      formatTable(
        ['A', 'B'],
        [
          ['日本', 1],
          ['x', 22],
        ],
      ),
    ).toBe('A     B\n日本  1\nx     22');
  });

  it('show one line per cell and nothing that draws', () => {
    expect(formatCell('a\nb\u001b[1m\u009b')).toBe('a\\nb\\u001b[1m?');
    expect([null, undefined, '', [], {}].map(formatCell)).toEqual(['-', '-', '-', '-', '-']);
    expect(formatCell({ a: 1, b: ['x', 'y'] })).toBe('a=1, b=x, y');
    expect(formatFields({ id: 1, name: null })).toBe('id    1\nname  -');
  });

  it('indent nested objects', () => {
    expect(formatTree({ a: 1, b: { c: [1, 2], d: {} } })).toBe('a: 1\nb:\n  c: 1, 2\n  d: -');
  });
});
