import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../src/index.ts';

function split(chunks: Buffer[], maxBytes = 1024 * 1024) {
  const lines: string[] = [];
  const oversize: number[] = [];
  const splitter = new LineSplitter({
    maxBytes,
    onLine: (line) => lines.push(line.toString('utf8')),
    onOversize: (bytes) => oversize.push(bytes),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return { lines, oversize, partial: splitter.partialBytes };
}

function cut(bytes: Buffer, at: number[]): Buffer[] {
  const borders = [0, ...at.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

describe('LineSplitter', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 }).map((each) => each.replaceAll('\n', ''));

  it('yields the same lines wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 40 }), (lines, at) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        expect(split(cut(bytes, at))).toEqual({ lines, oversize: [], partial: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it('yields the same lines when every byte comes alone', () => {
    const bytes = Buffer.from('{"a":"é€😀"}\n\n{"b":"\u0000"}\n');
    const alone = cut(bytes, [...bytes.keys()]);
    expect(split(alone).lines).toEqual(['{"a":"é€😀"}', '', '{"b":"\u0000"}']);
  });

  it('counts what is left of an unfinished line', () => {
    expect(split([Buffer.from('one\ntw'), Buffer.from('o')])).toEqual({
      lines: ['one'],
      oversize: [],
      partial: 3,
    });
  });

  it.each([
    ['in one chunk', [Buffer.alloc(11, 'x'), Buffer.from('\n')]],
    ['with its newline', [Buffer.from(`${'x'.repeat(11)}\n`)]],
    ['over many chunks', Array.from({ length: 11 }, () => Buffer.from('x'))],
  ])('stops at an oversize line %s', (_, chunks) => {
    const got = split([...chunks, Buffer.from('ok\n')], 10);
    expect(got.lines).toEqual([]);
    expect(got.oversize).toEqual([11]);
  });

  it('accepts a line of exactly the limit', () => {
    expect(split([Buffer.from('12345'), Buffer.from('67890\n')], 10).lines).toEqual(['1234567890']);
  });

  it('is linear: a 1 MiB line in 1-byte chunks costs no more than a few hundred times one copy', () => {
    const bytes = Buffer.alloc(1024 * 1024, 'x');
    const chunks = Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1));
    const start = performance.now();
    expect(split([...chunks, Buffer.from('\n')]).lines[0]).toHaveLength(bytes.length);
    // Quadratic gathering would copy 512 GiB.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
