import { existsSync } from 'node:fs';
import { MIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { here, mounted, openStore, rejection, volume, write } from './harness.ts';

const place = here();
if (place.reflinks) console.warn('SKIPPED shredding: the temporary directory has reflinks');

describe('deleting', () => {
  it.each(['none', 'zero'])(
    'with volume_clear %s removes the file: there is nothing to wipe',
    async (method) => {
      const store = await openStore(here().path, { volume_clear: method });
      await store.create(volume('volume-1'));
      const path = await store.path('volume-1');
      write(path, 0, Buffer.alloc(MIB, 'x'));
      expect(await store.delete('volume-1', { workDone: false })).toEqual({ work: [] });
      expect(existsSync(path)).toBe(false);
    },
  );

  it.skipIf(place.reflinks)(
    'with volume_clear shred has it overwritten first, and keeps it until then',
    async () => {
      const store = await openStore(here().path, { volume_clear: 'shred', volume_clear_size: 1 });
      await store.create(volume('volume-1', 2));
      const path = await store.path('volume-1');
      write(path, 0, Buffer.alloc(MIB, 'x'));
      const named = await store.delete('volume-1', { workDone: false });
      expect(named.work).toMatchObject([
        { kind: 'wipe', method: 'shred', guarantee: 'overwritten', length: MIB, target: { path, offset: 0 } },
      ]);
      expect(await store.delete('volume-1', { workDone: false })).toEqual(named);
      expect(existsSync(path)).toBe(true);
      expect(await store.delete('volume-1', { workDone: true })).toEqual({ work: [] });
      expect(existsSync(path)).toBe(false);
      expect(await store.delete('volume-1', { workDone: true })).toEqual({ work: [] });
    },
  );

  it.skipIf(place.reflinks)('has nothing overwritten that was never written', async () => {
    const store = await openStore(here().path, { volume_clear: 'shred' });
    await store.create(volume('volume-1'));
    expect(await store.delete('volume-1', { workDone: false })).toEqual({ work: [] });
  });

  it.each([mounted('xfs', 400), mounted('btrfs', 200)])(
    'refuses shred on $name when it is set up',
    async ({ path, skip }) => {
      if (skip !== undefined) return;
      const store = await openStore(path, { volume_clear: 'shred' });
      expect(await rejection(store.create(volume('volume-1')))).toMatchObject({
        code: 'INVALID_CONFIGURATION',
        details: { option: 'volume_clear' },
      });
      expect(await store.probe()).toMatchObject({ state: 'absent' });
      expect(await (await openStore(path)).create(volume('volume-1'))).toEqual({ work: [] });
    },
  );
});
