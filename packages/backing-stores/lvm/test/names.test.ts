import { describe, expect, it } from 'vitest';
import { deviceNameOf, isLvName, lvNameOf, requireName } from '../src/lvm/names.ts';

const uuid = '0b6d6e2a-5c0c-4d8e-9d53-0a7d2c0f1e11';

describe('names of logical volumes', () => {
  it('are those of the objects, a snapshot with the underscore of the original', () => {
    expect(lvNameOf('cinder-volumes', 'volume', `volume-${uuid}`)).toBe(`volume-${uuid}`);
    expect(lvNameOf('cinder-volumes', 'snapshot', `snapshot-${uuid}`)).toBe(`_snapshot-${uuid}`);
  });

  // lvm(8), VALID NAMES: what lvcreate 2.03.16 refuses as reserved.
  it.each(['snapshot-1', 'snapshot', 'pvmove0', 'volume_tdata_1', 'a_mimage', 'b_pmspare', 'c_wcorig'])(
    'are digests where LVM keeps %s for itself',
    (name) => {
      expect(lvNameOf('vg', 'volume', name)).toMatch(/^__volume-[0-9a-f]{32}$/);
      expect(lvNameOf('vg', 'volume', name)).not.toBe(lvNameOf('vg', 'volume', `${name}x`));
    },
  );

  it('leave room in the name of the device, where each dash counts twice', () => {
    for (const length of [1, 90, 100, 101, 102, 110, 128]) {
      const name = 'x'.repeat(length);
      expect(deviceNameOf('cinder-volumes', lvNameOf('cinder-volumes', 'volume', name)).length).toBeLessThan(
        112,
      );
    }
    expect(lvNameOf('vg', 'volume', `v${'-'.repeat(60)}`)).toMatch(/^__volume-/);
    expect(lvNameOf('vg', 'volume', `v${'.'.repeat(60)}`)).toBe(`v${'.'.repeat(60)}`);
  });

  it('are never the same for a volume and a snapshot', () => {
    const names = ['a', 'snapshot-a', 'a_tdata', 'x'.repeat(128)];
    const all = names.flatMap((name) => [lvNameOf('vg', 'volume', name), lvNameOf('vg', 'snapshot', name)]);
    expect(new Set(all).size).toBe(all.length);
    for (const name of all) expect(isLvName(name)).toBe(true);
  });

  it('become the names of devices as device-mapper writes them', () => {
    expect(deviceNameOf('lab-thick', 'volume-1')).toBe('lab--thick-volume--1');
  });

  it.each(['', '.', '..', '../vg/lv', 'vg/lv', '-lv', 'a b', 'a\nb', 'a=b', 'x'.repeat(128)])(
    'of others are not %j',
    (name) => {
      expect(isLvName(name)).toBe(false);
    },
  );

  it.each(['', '..', 'a/b', '-a', 'a b', 'a\nb', '_a', 'x'.repeat(129), 'x'.repeat(4096)])(
    'cannot be made of %j',
    (name) => {
      expect(() => requireName('volume', name)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    },
  );
});
