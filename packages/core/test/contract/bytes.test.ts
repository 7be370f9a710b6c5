import { bytes, bytesSchema, bytesToGibCeil, GIB, gibToBytes, operations } from '@scoria/core/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const refused = [
  -1,
  -0.5,
  0.5,
  1.000001,
  2 ** 53,
  2 ** 60,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '1024',
  null,
  1n,
];

describe('bytes', () => {
  it.each(refused)('refuses %s', (value) => {
    expect(bytesSchema.safeParse(value).success).toBe(false);
  });

  it.each([0, 1, 512, GIB, Number.MAX_SAFE_INTEGER])('takes %d', (value) => {
    expect(bytes(value)).toBe(value);
  });

  it('has no rounding between GiB and bytes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 8_388_607 }), (gib) => {
        expect(bytesToGibCeil(gibToBytes(gib))).toBe(gib);
      }),
    );
    expect(() => gibToBytes(1.1)).toThrow();
    expect(gibToBytes(1.5)).toBe(1_610_612_736);
    expect(() => gibToBytes(8_388_608)).toThrow();
  });

  it('rounds a partly used GiB up (D32)', () => {
    expect(bytesToGibCeil(bytes(1))).toBe(1);
    expect(bytesToGibCeil(bytes(GIB))).toBe(1);
    expect(bytesToGibCeil(bytes(GIB + 1))).toBe(2);
    expect(bytesToGibCeil(bytes(0))).toBe(0);
  });

  it.each(refused)('a driver call with newSize %s does not pass the boundary', (newSize) => {
    const issues = operations.extendVolume.params.safeParse({ volume: {}, newSize }).error?.issues ?? [];
    expect(issues.map(({ path }) => path.join('.'))).toContain('newSize');
  });
});
