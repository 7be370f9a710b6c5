import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CappedLines } from '../../src/supervisor/cappedLines.ts';

function cut(chunks: Buffer[], cap = 1000): [string, boolean][] {
  const lines: [string, boolean][] = [];
  const capped = new CappedLines(cap, (line, truncated) => lines.push([line, truncated]));
  for (const chunk of chunks) capped.push(chunk);
  capped.end();
  return lines;
}

describe('CappedLines', () => {
  it('yields the same lines wherever the bytes are cut', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((each) => each.trim() !== '' && !each.includes('\n'));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat()), (lines, at) => {
        const bytes = Buffer.from(lines.join('\n'));
        const borders = [
          0,
          ...at.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b),
          bytes.length,
        ];
        const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
        expect(cut(chunks)).toEqual(lines.map((each) => [each, false]));
      }),
    );
  });

  it('keeps the head of a line that is too long and goes on after it', () => {
    const chunks = ['ok\n', 'x'.repeat(600), 'x'.repeat(600), 'x'.repeat(600), '\nnext\n'].map((each) =>
      Buffer.from(each),
    );
    expect(cut(chunks)).toEqual([
      ['ok', false],
      ['x'.repeat(1000), true],
      ['next', false],
    ]);
  });

  it('hands out the last line although it has no newline, and no blank lines', () => {
    expect(cut([Buffer.from('\n  \nlast')])).toEqual([['last', false]]);
  });
});
