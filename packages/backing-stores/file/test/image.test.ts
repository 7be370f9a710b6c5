import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BackingStore, GIB } from '@scoria/driver-sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseMounts } from '../src/image/mountPoint.ts';
import { mounted, openStore, rejection, temporaryDirectory, tree, volume } from './harness.ts';

const { skip } = mounted('xfs', 320);

function isMounted(directory: string): boolean {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')).some(
    ({ mountPoint }) => mountPoint === directory,
  );
}

interface Imaged {
  readonly store: BackingStore;
  readonly directory: string;
  readonly image: string;
  readonly section: Record<string, unknown>;
}

async function imaged(more: Record<string, unknown> = {}): Promise<Imaged> {
  const base = temporaryDirectory();
  const directory = join(base, 'mnt');
  const image = join(base, 'images/store.xfs');
  const section = {
    file_store_image: image,
    file_store_image_size: 1,
    file_store_image_unmount: true,
    ...more,
  };
  onTestFinished(() => {
    if (isMounted(directory)) execFileSync('umount', [directory]);
  });
  return { store: await openStore(directory, section), directory, image, section };
}

describe('a store with an image of its own', () => {
  it.skipIf(skip)('makes it, mounts it, has reflinks, and unmounts it', async () => {
    const { store, directory, image } = await imaged();
    expect(await store.probe()).toEqual({ state: 'ready', reason: '' });
    expect(statSync(image)).toMatchObject({ size: GIB });
    expect(statSync(image).mode & 0o777).toBe(0o600);
    expect(statSync(image).blocks * 512).toBeLessThan(GIB / 4);
    expect(isMounted(directory)).toBe(true);
    await store.create(volume('volume-1'));
    expect(await store.clone(volume('volume-2'), 'volume-1', { sourceInUse: true })).toEqual({ work: [] });
    await store.close();
    expect(isMounted(directory)).toBe(false);
    expect(execFileSync('losetup', ['--associated', image], { encoding: 'utf8' })).toBe('');
    expect(tree(directory)).toEqual([]);
  });

  it.skipIf(skip)('finds its volumes again after a restart, mounted or not', async () => {
    const { store, directory, image, section } = await imaged();
    await store.create(volume('volume-1'));
    const second = await openStore(directory, section);
    expect(await second.path('volume-1')).toBe(join(directory, 'volumes/volume-1'));
    expect(
      execFileSync('losetup', ['--associated', image], { encoding: 'utf8' }).trim().split('\n'),
    ).toHaveLength(1);
    await second.close();
    const third = await openStore(directory, section);
    expect(await third.path('volume-1')).toBeTruthy();
    await third.close();
  });

  it.skipIf(skip)('stays mounted when it is told to, or in use', async () => {
    const kept = await imaged({ file_store_image_unmount: false });
    await kept.store.probe();
    await kept.store.close();
    expect(isMounted(kept.directory)).toBe(true);
    const used = await imaged();
    await used.store.create(volume('volume-1'));
    const fd = openSync(await used.store.path('volume-1'), 'r');
    await used.store.close();
    expect(isMounted(used.directory)).toBe(true);
    closeSync(fd);
  });

  it.skipIf(skip)('notices that it was unmounted, and mounts it again', async () => {
    const { store, directory } = await imaged();
    await store.create(volume('volume-1'));
    execFileSync('umount', [directory]);
    expect(await rejection(store.delete('volume-1'))).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    expect(await store.probe()).toMatchObject({ state: 'ready' });
    expect(await store.path('volume-1')).toBeTruthy();
    await store.close();
  });

  it.skipIf(skip)('does not use a directory where something else is mounted', async () => {
    const { store, directory } = await imaged();
    mkdirSync(directory);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
    expect(await rejection(store.create(volume('volume-1')))).toMatchObject({
      code: 'INVALID_CONFIGURATION',
      details: { option: 'file_store_dir' },
    });
    expect(tree(directory)).toEqual([]);
  });

  it.skipIf(skip)('leaves no half-made image', async () => {
    const { store, image } = await imaged({ file_store_image: '/proc/store.xfs' });
    expect(await store.probe()).toMatchObject({ state: 'absent' });
    expect(existsSync(image)).toBe(false);
  });
});

describe('parseMounts', () => {
  it('reads mountinfo, escapes included', () => {
    const text =
      '36 35 98:0 /mnt1 /mnt/a\\040b\\134c rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n' +
      '37 35 7:0 / /mnt/image rw shared:2 master:3 - xfs /dev/loop0 rw\n';
    expect(parseMounts(text)).toEqual([
      { mountPoint: '/mnt/a b\\c', type: 'ext3', source: '/dev/root' },
      { mountPoint: '/mnt/image', type: 'xfs', source: '/dev/loop0' },
    ]);
  });
});
