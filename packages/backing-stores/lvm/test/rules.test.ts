import { bytes, MIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { needsZeroing } from '../src/blank.ts';
import { options } from '../src/options.ts';
import type { LvFacts } from '../src/report/facts.ts';
import type { GroupFacts } from '../src/report/readGroup.ts';
import { chooseType } from '../src/setup.ts';
import { checkSize } from '../src/size.ts';
import { copyWork, identityOf, wipeWork, zeroWork } from '../src/work.ts';
import { lv, pool } from './facts.ts';

const group: GroupFacts = {
  name: 'vg',
  uuid: 'uiJhLJ-lkNz-0ceP-mxAi-Foel-Aa6R-92W0Tk',
  size: 1024 * MIB,
  free: 512 * MIB,
  extentSize: 4 * MIB,
  volumes: 0,
  tags: [],
  partial: false,
};
const ground = (section: Record<string, unknown> = {}) =>
  ({ group, options: options.parse(section) }) as never;

describe('the type of new volumes', () => {
  const choose = (wanted: 'auto' | 'default' | 'thin', all: LvFacts[], can = true) =>
    chooseType(wanted, 'vg-pool', group, all, can);

  it('is thin by itself where the pool is, or nothing is in the group and the host can', () => {
    expect(choose('auto', [])).toBe('thin');
    expect(choose('auto', [], false)).toBe('thick');
    expect(choose('auto', [lv({ name: 'root' })])).toBe('thick');
    expect(choose('auto', [lv({ name: 'root' }), pool('vg-pool')])).toBe('thin');
    expect(choose('auto', [pool('other-pool')])).toBe('thick');
    expect(choose('auto', [lv({ name: 'vg-pool' })])).toBe('thick');
  });

  it('is what is asked for, or an error that names the option', () => {
    expect(choose('default', [pool('vg-pool')])).toBe('thick');
    expect(choose('thin', [lv({ name: 'root' })])).toBe('thin');
    const refused = (option: string) =>
      expect.objectContaining({ code: 'INVALID_CONFIGURATION', details: { option } });
    expect(() => choose('thin', [], false)).toThrow(refused('lvm_type'));
    expect(() => choose('thin', [lv({ name: 'vg-pool' })])).toThrow(refused('lvm_thin_pool'));
  });
});

describe('sizes', () => {
  it.each([4, 8, 10_240].map((mib) => mib * MIB))('may be %d', (size) => {
    expect(() => checkSize({ name: 'v', size: bytes(size) }, group.extentSize)).not.toThrow();
  });

  it.each([0, -4 * MIB, MIB, 4 * MIB + 512, 1.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])(
    'are refused: %d',
    (size) => {
      expect(() => checkSize({ name: 'v', size: size as never }, group.extentSize)).toThrow(
        expect.objectContaining({ code: 'SIZE_UNSUPPORTED', message: expect.stringContaining('4194304') }),
      );
    },
  );
});

describe('work', () => {
  it('names the device by the UUID that device-mapper has of LVM', () => {
    expect(identityOf(ground(), { uuid: '67v6dh-U2fX-MXDz-255d-Bdee-hY91-uLsddu' })).toEqual({
      type: 'dm',
      uuid: 'LVM-uiJhLJlkNz0cePmxAiFoelAa6R92W0Tk67v6dhU2fXMXDz255dBdeehY91uLsddu',
    });
  });

  it.each([
    [{}, { method: 'zero', guarantee: 'reads-as-zero', length: 12 * MIB }],
    [{ volume_clear: 'shred' }, { method: 'shred', guarantee: 'overwritten', length: 12 * MIB }],
    [{ volume_clear_size: 5 }, { method: 'zero', length: 5 * MIB }],
    [{ volume_clear_size: 500 }, { method: 'zero', length: 12 * MIB }],
  ])('of wiping is as %j says, over all of the space', (section, expected) => {
    expect(wipeWork(ground(section), lv({ size: 8 * MIB, space: 12 * MIB }))).toMatchObject(expected);
  });

  it('of wiping is none where nothing is to be wiped', () => {
    expect(wipeWork(ground({ volume_clear: 'none' }), lv({}))).toBeUndefined();
  });

  it('of copying says what is known of the destination', () => {
    const source = lv({ size: 4 * MIB });
    const zero = (destination: LvFacts) => copyWork(ground(), source, destination).destinationIsZero;
    expect(zero(lv({}))).toBe(false);
    expect(zero(lv({ type: 'thin', dataPercent: 0 }))).toBe(true);
    expect(zero(lv({ type: 'thin', dataPercent: 0.01 }))).toBe(false);
    expect(zero(lv({ type: 'thin', dataPercent: undefined }))).toBe(false);
    expect(copyWork(ground(), source, lv({ size: 8 * MIB })).length).toBe(4 * MIB);
  });

  it('of zeroing is what is behind a place', () => {
    expect(zeroWork(ground(), lv({ size: 8 * MIB }), 8 * MIB)).toEqual([]);
    expect(zeroWork(ground(), lv({ size: 8 * MIB }), 2 * MIB)).toMatchObject([
      { kind: 'wipe', length: 6 * MIB, target: { offset: 2 * MIB } },
    ]);
  });

  it('of zeroing is needed for thick volumes of groups that are not known to be zero', () => {
    const known = ['mine', 'scoria.zeroed'];
    expect(needsZeroing(ground(), lv({}))).toBe(true);
    expect(needsZeroing(ground(), lv({ groupTags: known }))).toBe(false);
    expect(needsZeroing(ground({ volume_clear: 'none' }), lv({}))).toBe(false);
    expect(needsZeroing(ground(), lv({ type: 'thin' }))).toBe(false);
  });
});
