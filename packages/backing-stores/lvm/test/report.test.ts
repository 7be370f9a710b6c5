import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { isOwned, ownedLv } from '../src/find.ts';
import { groupArguments, parseGroup } from '../src/report/readGroup.ts';
import { parseVolumes, volumesArguments } from '../src/report/readVolumes.ts';

/** What lvm2 2.03.16 reported of a group with a thick volume, its snapshot, a pool, and thin volumes, on a kernel 6.1. */
const recorded = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8');
const changed = (name: string, change: (row: Record<string, string>) => void): string => {
  const report = JSON.parse(recorded(name)) as { report: Record<string, Record<string, string>[]>[] };
  for (const rows of report.report.flatMap((each) => Object.values(each)))
    for (const row of rows) change(row);
  return JSON.stringify(report);
};
const refused = expect.objectContaining({ code: 'BACKEND_ERROR' });

describe('a report of lvs', () => {
  const all = parseVolumes(recorded('lvs'));
  const of = (name: string) => all.find((lv) => lv.name === name);

  it('says what each logical volume is', () => {
    expect(all.map(({ name, type }) => [name, type])).toEqual([
      ['_snapshot-1', 'cow-snapshot'],
      ['_snapshot-2', 'thin'],
      ['lab-pool', 'thin-pool'],
      ['volume-1', 'thick'],
      ['volume-2', 'thin'],
      ['volume-3', 'thin'],
    ]);
  });

  it('shows a COW snapshot with the size of its volume, and the space of its store', () => {
    expect(of('_snapshot-1')).toMatchObject({
      size: 8 * MIB,
      space: 12 * MIB,
      origin: 'volume-1',
      path: '/dev/mapper/lab-_snapshot--1',
      hasCowSnapshots: false,
    });
    expect(of('volume-1')).toMatchObject({ size: 8 * MIB, hasCowSnapshots: true, active: true, open: false });
    // Thin snapshots do not need their origin.
    expect(of('volume-2')).toMatchObject({ hasCowSnapshots: false, pool: 'lab-pool', dataPercent: 0 });
  });

  it('shows what is not active', () => {
    expect(of('_snapshot-2')).toMatchObject({
      active: false,
      open: false,
      suspended: false,
      dataPercent: undefined,
    });
  });

  it('says whose it is, by tags, exactly', () => {
    const lab = { owner: 'lab' };
    expect(all.filter((lv) => isOwned(lab, lv)).map(({ name }) => name)).not.toContain('lab-pool');
    expect(ownedLv(lab, all, 'volume', 'volume-3')?.tags).toContain('scoria.shared');
    expect(ownedLv(lab, all, 'snapshot', 'snapshot-1')?.mark.origin).toBe('volume-1');
    expect(ownedLv(lab, all, 'volume', 'volume')).toBeUndefined();
    expect(ownedLv(lab, all, 'snapshot', 'volume-1')).toBeUndefined();
    expect(ownedLv({ owner: 'la' }, all, 'volume', 'volume-1')).toBeUndefined();
    const twice = parseVolumes(
      changed('lvs', (row) => (row['lv_tags'] = 'scoria.owner=lab,scoria.volume=v')),
    );
    expect(() => ownedLv(lab, twice, 'volume', 'v')).toThrow(refused);
  });

  it('may have no rows', () => {
    expect(parseVolumes('{"report": [{"lv": []}]}')).toEqual([]);
  });

  it.each([
    ['no JSON', () => 'Volume group "lab" not found'],
    ['a report cut off', () => recorded('lvs').slice(0, 900)],
    ['another report', () => '{"report": {}}'],
    ['a size with a unit', () => changed('lvs', (row) => (row['lv_size'] = '8.00m'))],
    ['a size that no number holds', () => changed('lvs', (row) => (row['lv_size'] = '9007199254740992'))],
    ['a column that is missing', () => changed('lvs', (row) => delete row['lv_tags'])],
    ['a path elsewhere', () => changed('lvs', (row) => (row['lv_dm_path'] = 'mapper/x'))],
  ])('with %s is refused', (_, text) => {
    expect(() => parseVolumes(text())).toThrow(refused);
  });
});

describe('a report of vgs', () => {
  it('says what the group is', () => {
    expect(parseGroup('lab', recorded('vgs'))).toEqual({
      name: 'lab',
      uuid: 'eSvIfV-woc2-w1RD-Y9SC-5zuy-3AiM-T2Mmgi',
      size: 252 * MIB,
      free: 12 * MIB,
      extentSize: 4 * MIB,
      volumes: 6,
      tags: ['scoria.zeroed'],
      partial: false,
    });
  });

  it('of another group, or of none, is refused', () => {
    expect(() => parseGroup('lab2', recorded('vgs'))).toThrow(refused);
    expect(() => parseGroup('lab', '{"report": [{"vg": []}]}')).toThrow(refused);
  });

  it.each([{ vg_permissions: 'read-only' }, { vg_exported: '1' }])(
    'that cannot be changed says so: %j',
    (state) => {
      expect(() =>
        parseGroup(
          'lab',
          changed('vgs', (row) => Object.assign(row, state)),
        ),
      ).toThrow(expect.objectContaining({ code: 'BACKEND_UNAVAILABLE' }));
    },
  );
});

describe('what is asked', () => {
  it('is numbers in bytes, and exactly the columns that are read', () => {
    for (const args of [volumesArguments('lab'), groupArguments('lab')]) {
      expect(args.join(' ')).toContain('--reportformat json --units b --nosuffix --binary --options');
      expect(args.at(-1)).toBe('lab');
    }
    const [row] = Object.values((JSON.parse(recorded('lvs')) as { report: [{ lv: [object] }] }).report[0].lv);
    expect(volumesArguments('lab').at(-2)?.split(',')).toEqual(Object.keys(row ?? {}));
  });
});
