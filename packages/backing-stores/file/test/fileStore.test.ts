import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BackingStore, bytes, MIB } from '@scoria/driver-sdk';
import { beforeEach, describe, expect, it } from 'vitest';
import { doWork, here, mounted, openStore, rejection, tree, volume, write } from './harness.ts';

const places = [here(), mounted('xfs', 400), mounted('btrfs', 400), mounted('tmpfs', 200)];

describe.each(places)('file store on $name', ({ path: place, reflinks, skip }) => {
  let store: BackingStore;
  let directory = '';
  let round = 0;
  beforeEach(async () => {
    if (skip) return;
    round += 1;
    directory = join(place, `store-${round}`);
    store = await openStore(directory);
    expect(await store.probe()).toEqual({ state: 'ready', reason: '' });
  });

  it.skipIf(skip)('creates a volume that is sparse, private and zero', async () => {
    expect(await store.create(volume('volume-1', 64))).toEqual({ work: [] });
    const path = await store.path('volume-1');
    expect(path).toBe(join(directory, 'volumes/volume-1'));
    const stats = statSync(path);
    expect(stats.size).toBe(64 * MIB);
    expect(stats.blocks).toBe(0);
    expect(stats.mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'volumes')).mode & 0o777).toBe(0o700);
    expect(tree(join(directory, 'staging'))).toEqual([]);
  });

  it.skipIf(skip)('returns the existing volume for the same arguments only', async () => {
    await store.create(volume('volume-1'));
    write(await store.path('volume-1'), 0, Buffer.from('kept'));
    expect(await store.create(volume('volume-1'))).toEqual({ work: [] });
    expect(
      readFileSync(await store.path('volume-1'))
        .subarray(0, 4)
        .toString(),
    ).toBe('kept');
    const before = tree(directory);
    expect(await rejection(store.create(volume('volume-1', 2)))).toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(tree(directory)).toEqual(before);
  });

  it.skipIf(skip)('makes one volume of many requests at once', async () => {
    const results = await Promise.allSettled(
      [1, 1, 1, 2, 2].map((mib) => store.create(volume('volume-1', mib))),
    );
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(2);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'ALREADY_EXISTS' });
    }
    expect(tree(join(directory, 'volumes'))).toEqual(['volume-1']);
  });

  it.skipIf(skip)('deletes, and deletes again', async () => {
    await store.create(volume('volume-1'));
    expect(await store.delete('volume-1')).toEqual({ work: [] });
    expect(existsSync(join(directory, 'volumes/volume-1'))).toBe(false);
    expect(await store.delete('volume-1')).toEqual({ work: [] });
    expect(await store.deleteSnapshot('snapshot-1')).toEqual({ work: [] });
    expect(await rejection(store.path('volume-1'))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.skipIf(skip)('extends, never shrinks', async () => {
    await store.create(volume('volume-1', 2));
    write(await store.path('volume-1'), 2 * MIB - 3, Buffer.from('end'));
    expect(await store.extend('volume-1', bytes(4 * MIB))).toBe(4 * MIB);
    expect(await store.extend('volume-1', bytes(4 * MIB))).toBe(4 * MIB);
    const content = readFileSync(await store.path('volume-1'));
    expect(content.subarray(2 * MIB - 3, 2 * MIB).toString()).toBe('end');
    expect(content.subarray(2 * MIB).every((byte) => byte === 0)).toBe(true);
    expect(await rejection(store.extend('volume-1', bytes(3 * MIB)))).toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
    expect(statSync(await store.path('volume-1')).size).toBe(4 * MIB);
    expect(await rejection(store.extend('volume-2', bytes(4 * MIB)))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.skipIf(skip)('snapshots, and makes volumes from snapshots, also larger ones', async () => {
    await store.create(volume('volume-1', 2));
    write(await store.path('volume-1'), MIB, Buffer.from('before'));
    const snapshot = await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: false });
    expect(snapshot.work.length).toBe(reflinks ? 0 : 1);
    doWork(snapshot);
    write(await store.path('volume-1'), MIB, Buffer.from('after!'));
    const restored = await store.createFromSnapshot(volume('volume-2', 3), 'snapshot-1');
    if (!reflinks) {
      expect(restored.work).toEqual([
        {
          kind: 'copy',
          source: {
            path: join(directory, 'snapshots/snapshot-1'),
            identity: expect.objectContaining({ type: 'inode' }),
            offset: 0,
          },
          destination: {
            path: join(directory, 'volumes/volume-2'),
            identity: expect.objectContaining({ type: 'inode' }),
            offset: 0,
          },
          length: 2 * MIB,
          destinationIsZero: true,
        },
      ]);
    }
    doWork(restored);
    const content = readFileSync(await store.path('volume-2'));
    expect(content.length).toBe(3 * MIB);
    expect(content.subarray(MIB, MIB + 6).toString()).toBe('before');
    await store.delete('volume-1');
    expect(
      readFileSync(join(directory, 'snapshots/snapshot-1'))
        .subarray(MIB, MIB + 6)
        .toString(),
    ).toBe('before');
    expect(await rejection(store.createFromSnapshot(volume('volume-3', 1), 'snapshot-1'))).toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
    expect(await rejection(store.createFromSnapshot(volume('volume-3', 2), 'snapshot-2'))).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(tree(join(directory, 'volumes'))).toEqual(['volume-2']);
  });

  it.skipIf(skip)('clones, also larger ones, and keeps both apart', async () => {
    await store.create(volume('volume-1', 1));
    write(await store.path('volume-1'), 0, Buffer.from('original'));
    doWork(await store.clone(volume('volume-2', 2), 'volume-1', { sourceInUse: false }));
    write(await store.path('volume-2'), 0, Buffer.from('changed!'));
    expect(
      readFileSync(await store.path('volume-1'))
        .subarray(0, 8)
        .toString(),
    ).toBe('original');
    expect(statSync(await store.path('volume-2')).size).toBe(2 * MIB);
    expect(statSync(await store.path('volume-2')).mode & 0o777).toBe(0o600);
    expect(
      await rejection(store.clone(volume('volume-3', 1), 'volume-9', { sourceInUse: false })),
    ).toMatchObject({ code: 'NOT_FOUND' });
    expect(
      await rejection(store.clone(volume('volume-2', 1), 'volume-1', { sourceInUse: false })),
    ).toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it.skipIf(skip)('takes a volume in use at one point in time, or refuses', async () => {
    await store.create(volume('volume-1'));
    const before = tree(directory);
    const taken = [
      store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true }),
      store.clone(volume('volume-2'), 'volume-1', { sourceInUse: true }),
    ];
    if (reflinks) {
      for (const result of await Promise.all(taken)) expect(result).toEqual({ work: [] });
    } else {
      for (const error of await Promise.all(taken.map(rejection)))
        expect(error).toMatchObject({ code: 'INVALID_VOLUME' });
      expect(tree(directory)).toEqual(before);
    }
  });

  it.skipIf(skip)('does not take a snapshot anew', async () => {
    await store.create(volume('volume-1'));
    write(await store.path('volume-1'), 0, Buffer.from('first'));
    doWork(await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: false }));
    if (reflinks) {
      write(await store.path('volume-1'), 0, Buffer.from('later'));
      await store.extend('volume-1', bytes(2 * MIB));
      expect(await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true })).toEqual({ work: [] });
    } else {
      // Whether the copy was finished only the service knows: the same work is named again, and what is there is not taken for zero.
      const again = await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: false });
      expect(again.work).toMatchObject([{ kind: 'copy', length: MIB, destinationIsZero: false }]);
    }
    const snapshot = readFileSync(join(directory, 'snapshots/snapshot-1'));
    expect(snapshot.subarray(0, 5).toString()).toBe('first');
    expect(snapshot.length).toBe(MIB);
    expect(await rejection(store.snapshot('snapshot-2', 'volume-9', { volumeInUse: false }))).toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it.skipIf(skip)('lists what it owns, and its capacity', async () => {
    await store.create(volume('volume-1', 3));
    await store.create(volume('volume-2', 100_000));
    doWork(await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: false }));
    const owned = await store.listOwned();
    expect(
      owned
        .map(({ kind, name, size }) => ({ kind, name, size }))
        .sort((a, b) => `${a.name}`.localeCompare(`${b.name}`)),
    ).toEqual([
      { kind: 'snapshot', name: 'snapshot-1', size: 3 * MIB },
      { kind: 'volume', name: 'volume-1', size: 3 * MIB },
      { kind: 'volume', name: 'volume-2', size: 100_000 * MIB },
    ]);
    const [pool, ...others] = await store.pools();
    expect(others).toEqual([]);
    expect(pool).toMatchObject({
      name: 'files',
      provisionedCapacity: 100_003 * MIB,
      thinProvisioning: true,
      thickProvisioning: false,
      maxOverSubscriptionRatio: 20,
      capabilities: { efficient_clone: reflinks },
    });
    expect(Number(pool?.totalCapacity)).toBeGreaterThan(100 * MIB);
    expect(Number(pool?.freeCapacity)).toBeGreaterThan(0);
    expect(Number(pool?.freeCapacity)).toBeLessThanOrEqual(Number(pool?.totalCapacity));
  });

  it.skipIf(skip)('preallocates when asked', async () => {
    const thick = await openStore(directory, { volumes_preallocation: 'full' });
    await thick.create(volume('volume-1', 4));
    const path = await thick.path('volume-1');
    expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(4 * MIB);
    expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
    expect(await thick.extend('volume-1', bytes(8 * MIB))).toBe(8 * MIB);
    expect(statSync(path).blocks * 512).toBeGreaterThanOrEqual(8 * MIB);
    expect(await thick.pools()).toMatchObject([
      { thinProvisioning: false, thickProvisioning: true, maxOverSubscriptionRatio: 1 },
    ]);
  });
});
