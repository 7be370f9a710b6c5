import { describe, expect, it } from 'vitest';
import {
  cowSnapshot,
  poolName,
  thickVolume,
  thinPool,
  thinSnapshot,
  thinVolume,
} from '../src/lvm/arguments.ts';

const lv = { group: 'vg', name: 'volume-1', tags: ['scoria.owner=a', 'scoria.volume=volume-1'] };
const tags = ['--addtag', 'scoria.owner=a', '--addtag', 'scoria.volume=volume-1'];

describe('arguments of lvcreate', () => {
  it('say sizes in bytes, all tags at once, and answer its questions', () => {
    expect(thickVolume(lv, 4_194_304)).toEqual([
      '--yes',
      '--name',
      'volume-1',
      '--size',
      '4194304b',
      ...tags,
      'vg',
    ]);
    expect(thinVolume(lv, 4_194_304, 'pool')).toEqual([
      ...['--yes', '--type', 'thin', '--virtualsize', '4194304b', '--thinpool', 'pool'],
      ...['--name', 'volume-1', ...tags, 'vg'],
    ]);
  });

  it('give a COW snapshot room for every block of its origin', () => {
    const args = cowSnapshot({ ...lv, name: '_snapshot-1' }, 'volume-1');
    expect(args.slice(args.indexOf('--extents')).slice(0, 2)).toEqual(['--extents', '100%ORIGIN']);
    expect(args.at(-1)).toBe('vg/volume-1');
  });

  it('activate a thin snapshot only when it is to be a volume', () => {
    expect(thinSnapshot(lv, 'volume-0', true)).toContain('--setactivationskip');
    expect(thinSnapshot(lv, 'volume-0', false)).not.toContain('--setactivationskip');
    // A size would make it a COW snapshot.
    expect(thinSnapshot(lv, 'volume-0', true).join(' ')).not.toMatch(/--size|--extents/);
  });

  it('make a pool that zeroes its blocks', () => {
    expect(thinPool('vg', 'pool', 'scoria.pool').join(' ')).toContain('--zero y');
  });

  it('name the pool after the group', () => {
    expect(poolName({ volume_group: 'vg', lvm_thin_pool: undefined })).toBe('vg-pool');
    expect(poolName({ volume_group: 'vg', lvm_thin_pool: 'mine' })).toBe('mine');
  });
});
