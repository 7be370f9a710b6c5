import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import plugin, { options } from '../src/index.ts';
import { KeyedMutex } from '../src/keyedMutex.ts';
import { temporaryDirectory, volume } from './harness.ts';

describe('the plugin', () => {
  it('says what its manifest says', () => {
    expect(plugin.name).toBe(manifest.scoria.name);
    expect(plugin.version).toBe(manifest.version);
    expect(plugin.options).toBe(options);
  });

  it('puts volumes below the state directory by default, and touches nothing before it is used', async () => {
    const stateDir = join(temporaryDirectory(), 'state');
    mkdirSync(stateDir);
    const log = createLogger({ name: 'test', level: 'fatal' });
    const store = await plugin.create(options.parse({}), { backend: 'b', stateDir, log });
    await store.close();
    await store.create(volume('volume-1'));
    expect(await store.path('volume-1')).toBe(join(stateDir, 'file-store/volumes/volume-1'));
  });

  it.each([
    { file_store_dir: 'relative' },
    { volumes_preallocation: 'yes' },
    { file_store_image_size: 0 },
    { max_over_subscription_ratio: 0 },
  ])('refuses %j', (section) => {
    expect(options.safeParse(section).success).toBe(false);
  });
});

describe('KeyedMutex', () => {
  it('lets one in per key, and takes several without deadlock', async () => {
    const mutex = new KeyedMutex();
    const inside = new Set<string>();
    const enter = (keys: string[]): Promise<void> =>
      mutex.run(keys, async () => {
        for (const key of keys) {
          expect(inside.has(key)).toBe(false);
          inside.add(key);
        }
        await new Promise((resolve) => setImmediate(resolve));
        for (const key of keys) inside.delete(key);
      });
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        enter([['a', 'b'], ['b', 'a'], ['b', 'c'], ['a']][index % 4] ?? []),
      ),
    );
    await expect(mutex.run(['a', 'a'], () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await expect(mutex.run(['a'], () => Promise.resolve(1))).resolves.toBe(1);
  });
});
