import { createLogger } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import plugin, { options } from '../src/index.ts';
import { rejection } from './rejection.ts';

describe('the plugin', () => {
  it('says what its manifest says', () => {
    expect(plugin.name).toBe(manifest.scoria.name);
    expect(plugin.version).toBe(manifest.version);
    expect(plugin.options).toBe(options);
  });

  it.each([
    { volume_group: '' },
    { volume_group: '..' },
    { volume_group: '-vg' },
    { volume_group: 'a/b' },
    { volume_group: 'a b' },
    { volume_group: 'x'.repeat(65) },
    { lvm_type: 'thick' },
    { lvm_thin_pool: 'vg/pool' },
    { lvm_owner: 'a=b' },
    { max_over_subscription_ratio: 0 },
  ])('refuses %j', (section) => {
    expect(options.safeParse(section).success).toBe(false);
  });

  it('has the defaults of the original', () => {
    expect(options.parse({})).toMatchObject({
      volume_group: 'cinder-volumes',
      lvm_type: 'auto',
      volume_clear: 'zero',
      max_over_subscription_ratio: 20,
    });
  });

  it('answers with a typed error where there is no such group', async () => {
    const log = createLogger({ name: 'test', level: 'fatal' });
    const section = options.parse({ volume_group: 'no-such-group' });
    const store = await plugin.create(section, { backend: 'b', stateDir: '/nonexistent', log });
    // Without lvm2 on this host, the program is what is missing.
    const expected = { code: expect.stringMatching(/^(BACKEND_UNAVAILABLE|TOOL_MISSING|COMMAND_FAILED)$/) };
    expect(await rejection(store.delete('volume-1'))).toMatchObject(expected);
    expect(await rejection(store.listOwned())).toMatchObject(expected);
    expect(await store.probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('probing'),
    });
    await store.close();
  });
});
