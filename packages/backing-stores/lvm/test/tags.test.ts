import { describe, expect, it } from 'vitest';
import { DELETING, dirtyTag, MAKING, markOf, ourTags, tagsOf } from '../src/lvm/tags.ts';

describe('tags', () => {
  it('say what a logical volume is', () => {
    expect(markOf(tagsOf('disks', 'volume', 'volume-1'))).toEqual({
      owner: 'disks',
      kind: 'volume',
      name: 'volume-1',
      origin: undefined,
      dirtyFrom: undefined,
      state: 'complete',
    });
    expect(markOf([...tagsOf('disks', 'snapshot', 'snapshot-1', 'volume-1'), 'mine'])).toMatchObject({
      kind: 'snapshot',
      name: 'snapshot-1',
      origin: 'volume-1',
    });
    expect(markOf([...tagsOf('d', 'volume', 'v'), MAKING])?.state).toBe('making');
    expect(markOf([...tagsOf('d', 'volume', 'v'), DELETING, MAKING])?.state).toBe('deleting');
    expect(markOf([...tagsOf('d', 'volume', 'v'), dirtyTag(4096)])?.dirtyFrom).toBe(4096);
  });

  it('have the characters and the length that LVM takes', () => {
    const longest = tagsOf('o'.repeat(64), 'snapshot', 'x'.repeat(128), 'y'.repeat(128));
    for (const tag of [...longest, MAKING, DELETING, dirtyTag(Number.MAX_SAFE_INTEGER)])
      expect(tag).toMatch(/^[A-Za-z0-9_+.][A-Za-z0-9_+.\-/=!:&#]{0,1023}$/);
  });

  it.each([
    [[]],
    [['backup', 'scoria.owner=disks']],
    [['scoria.volume=volume-1']],
    [['scoria.owner=a', 'scoria.owner=b', 'scoria.volume=volume-1']],
    [['scoria.owner=a', 'scoria.volume=volume-1', 'scoria.volume=volume-2']],
    [['scoria.owner=a', 'scoria.volume=volume-1', 'scoria.snapshot=snapshot-1']],
    [['xscoria.owner=a', 'scoria.volume=volume-1']],
  ])('that are missing or contradict each other make nothing ours: %j', (tags) => {
    expect(markOf(tags)).toBeUndefined();
  });

  it('of others are left alone', () => {
    expect(ourTags(['backup', ...tagsOf('d', 'volume', 'v'), 'scoriax'])).toEqual(tagsOf('d', 'volume', 'v'));
  });
});
