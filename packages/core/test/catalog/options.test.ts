import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkOptions, PluginCatalog, parseOptionsSchema } from '../../src/catalog/index.ts';
import { secretSchema, wireJsonSchema } from '../../src/contract/index.ts';
import { Zoo } from './zoo.ts';

const driver = parseOptionsSchema(
  'driver "iscsi"',
  wireJsonSchema(
    z.object({
      iscsi_port: z.number().int().min(1).max(65_535).default(3260).describe('Portal port'),
      san_password: secretSchema.optional(),
      portals: z.array(z.string().min(1)).default([]),
    }),
  ),
);
const store = parseOptionsSchema(
  'backing-store "file"',
  wireJsonSchema(z.object({ base_dir: z.string().startsWith('/') })),
);

describe('checkOptions', () => {
  it('finds nothing wrong with a good section', () => {
    const section = { base_dir: '/srv', iscsi_port: 3260, volume_driver: 'iscsi' };
    expect(checkOptions(section, [driver, store], ['volume_driver'])).toEqual([]);
  });

  it('names the nearest of an unknown option', () => {
    const problems = checkOptions({ base_dir: '/srv', iscsi_prot: 1 }, [driver, store]);
    expect(problems).toMatchObject([
      {
        kind: 'unknown',
        option: 'iscsi_prot',
        nearest: 'iscsi_port',
        message: expect.stringContaining('did you mean "iscsi_port"?'),
      },
    ]);
  });

  it.each([
    [{}, 'missing', 'base_dir', '"base_dir" is missing, option of backing-store "file"'],
    [{ base_dir: 'srv' }, 'invalid', 'base_dir', 'must match pattern'],
    [
      { base_dir: '/s', iscsi_port: 70_000 },
      'invalid',
      'iscsi_port',
      '(Portal port), option of driver "iscsi"',
    ],
    [{ base_dir: '/s', iscsi_port: '3260' }, 'invalid', 'iscsi_port', 'expected'],
    [{ base_dir: '/s', iscsi_port: 1.5 }, 'invalid', 'iscsi_port', 'expected int'],
    [{ base_dir: '/s', portals: ['a', ''] }, 'invalid', 'portals', '"portals.1"'],
  ])('%j: %s %s', (section, kind, option, says) => {
    expect(checkOptions(section, [driver, store])).toMatchObject([
      { kind, option, message: expect.stringContaining(says) },
    ]);
  });

  it('takes a closed schema as one of several: the options of the others are not its business', () => {
    const closed = parseOptionsSchema('driver "closed"', {
      type: 'object',
      properties: { folder: { type: 'string' } },
      additionalProperties: false,
    });
    const section = { folder: '/a', base_dir: '/srv', volume_driver: 'closed' };
    expect(checkOptions(section, [closed, store], ['volume_driver'])).toEqual([]);
    expect(checkOptions({ ...section, fodler: '/b' }, [closed, store], ['volume_driver'])).toMatchObject([
      { kind: 'unknown', option: 'fodler', nearest: 'folder' },
    ]);
  });

  it('never shows a value', () => {
    const [problem] = checkOptions({ base_dir: '/s', san_password: ['canary'] }, [driver, store]);
    expect(problem?.option).toBe('san_password');
    expect(JSON.stringify(problem)).not.toContain('canary');
  });
});

describe('OptionsSchema', () => {
  it('knows which options are secret', () => {
    expect(driver.secretNames).toEqual(['san_password']);
    expect(driver.describe('iscsi_port')).toBe('Portal port');
  });

  it('is read from the file that the manifest names', async () => {
    await using zoo = await Zoo.open();
    await zoo.plugin('x', { optionsSchema: './options.schema.json' });
    await zoo.file('x/options.schema.json', JSON.stringify(store.document));
    const catalog = await PluginCatalog.scan([zoo.path('x')]);
    const schema = await catalog.optionsSchema(catalog.find('driver', 'good'));
    expect(schema?.names).toEqual(['base_dir']);
    expect(schema?.owner).toBe('driver "good"');
  });

  it.each([
    ['not JSON', '{'],
    ['a list', '[]'],
    ['of a string', '{"type":"string"}'],
    ['with a property that is no schema', '{"type":"object","properties":{"a":7}}'],
    ['with what cannot be checked', '{"type":"object","properties":{"a":{"type":"nonsense"}}}'],
  ])('that is %s is a precise error', async (_, text) => {
    await using zoo = await Zoo.open();
    await zoo.plugin('x', { optionsSchema: './options.schema.json' });
    const path = await zoo.file('x/options.schema.json', text);
    const catalog = await PluginCatalog.scan([zoo.path('x')]);
    await expect(catalog.optionsSchema(catalog.find('driver', 'good'))).rejects.toMatchObject({
      code: 'PLUGIN_BAD_OPTIONS_SCHEMA',
      message: expect.stringContaining(path),
    });
  });
});
