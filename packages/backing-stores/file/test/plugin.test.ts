import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import plugin, { options } from '../src/index.ts';
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
