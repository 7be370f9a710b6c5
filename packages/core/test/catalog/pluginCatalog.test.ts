import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CatalogError, PluginCatalog } from '../../src/catalog/index.ts';
import { Zoo } from './zoo.ts';

/** What `find` throws. */
function refusal(
  catalog: PluginCatalog,
  name: string,
  kind: 'driver' | 'target-helper' = 'driver',
): CatalogError {
  try {
    catalog.find(kind, name);
  } catch (error) {
    if (error instanceof CatalogError) return error;
    throw error;
  }
  throw new Error(`found ${name}`);
}

describe('scan', () => {
  it('finds a package, packages in a folder, in node_modules, and under one scope, links followed', async () => {
    await using zoo = await Zoo.open();
    await zoo.plugin('single', { name: 'single' });
    await zoo.plugin('many/a', { name: 'a' });
    await zoo.plugin('many/@vendor/b', { name: 'b', kind: 'target-helper' });
    await zoo.file('many/not-a-plugin/package.json', '{"name":"left-pad"}');
    await zoo.file('many/.bin/x', '');
    await zoo.plugin('app/node_modules/c', { name: 'c', kind: 'backing-store' });
    await zoo.file('app/package.json', '{"name":"app"}');
    await zoo.plugin('store/linked', { name: 'linked' });
    await zoo.link(zoo.path('store/linked'), 'many/linked');
    await zoo.link(zoo.path('nowhere'), 'many/dangling');
    const catalog = await PluginCatalog.scan([zoo.path('single'), zoo.path('many'), zoo.path('app')]);
    expect(catalog.problems).toEqual([]);
    expect(catalog.plugins.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'backing-store c',
      'driver a',
      'driver linked',
      'driver single',
      'target-helper b',
    ]);
    expect(catalog.find('driver', 'linked')).toEqual({
      kind: 'driver',
      name: 'linked',
      packageName: 'store/linked',
      version: '1.2.3',
      directory: zoo.path('store/linked'),
      protocol: [1],
      entry: zoo.path('store/linked/dist/main.js'),
      executable: false,
      optionsSchema: undefined,
    });
  });

  it('counts a package once that it meets twice', async () => {
    await using zoo = await Zoo.open();
    await zoo.plugin('all/a', { name: 'a' });
    await zoo.link(zoo.path('all/a'), 'again/a');
    const catalog = await PluginCatalog.scan([zoo.path('all'), zoo.path('all/a'), zoo.path('again')]);
    expect(catalog.names('driver')).toEqual(['a']);
    expect(catalog.problems).toEqual([]);
  });

  it('lets a broken package hurt only those who ask for it', async () => {
    await using zoo = await Zoo.open();
    await zoo.plugin('all/good', { name: 'good' });
    await zoo.plugin('all/unbuilt', { name: 'unbuilt' }, '');
    const catalog = await PluginCatalog.scan([zoo.path('all')]);
    expect(catalog.find('driver', 'good').name).toBe('good');
    expect(refusal(catalog, 'unbuilt').code).toBe('PLUGIN_ENTRY_MISSING');
  });

  it('says which directory is not there', async () => {
    const catalog = await PluginCatalog.scan(['/nonexistent/plugins']);
    expect(catalog.problems).toMatchObject([
      {
        code: 'PLUGIN_DIRECTORY_UNREADABLE',
        message: 'the plugin directory /nonexistent/plugins does not exist',
        paths: ['/nonexistent/plugins'],
      },
    ]);
  });
});

describe('the zoo of broken packages', () => {
  it.each([
    {
      animal: 'an empty directory',
      make: (zoo: Zoo) => mkdir(zoo.path('x')),
      code: 'PLUGIN_NO_PACKAGE_JSON',
      says: 'is no package and holds no Scoria plugin',
    },
    {
      animal: 'a package.json that is not JSON',
      make: (zoo: Zoo) => zoo.file('x/package.json', '{"name": "x",}'),
      code: 'PLUGIN_BAD_JSON',
      says: 'package.json is not JSON',
    },
    {
      animal: 'a package.json that is a list',
      make: (zoo: Zoo) => zoo.file('x/package.json', '[]'),
      code: 'PLUGIN_BAD_JSON',
      says: 'is no package.json',
    },
    {
      animal: 'a package.json that is a directory',
      make: (zoo: Zoo) => mkdir(zoo.path('x/package.json'), { recursive: true }),
      code: 'PLUGIN_DIRECTORY_UNREADABLE',
      says: 'cannot be read',
    },
    {
      animal: 'a package without scoria field',
      make: (zoo: Zoo) => zoo.file('x/package.json', '{"name":"x"}'),
      code: 'PLUGIN_NO_SCORIA_FIELD',
      says: 'has no "scoria" field',
    },
    {
      animal: 'a scoria field that is a string',
      make: (zoo: Zoo) => zoo.file('x/package.json', '{"name":"x","scoria":"driver"}'),
      code: 'PLUGIN_BAD_MANIFEST',
      says: 'scoria: Invalid input',
    },
    {
      animal: 'an unknown kind',
      make: (zoo: Zoo) => zoo.plugin('x', { kind: 'scheduler' }),
      code: 'PLUGIN_BAD_MANIFEST',
      says: 'scoria.kind:',
    },
    {
      animal: 'a name with a slash',
      make: (zoo: Zoo) => zoo.plugin('x', { name: '../evil' }),
      code: 'PLUGIN_BAD_MANIFEST',
      says: 'scoria.name: lower-case letters',
    },
    {
      animal: 'a protocol that is no number',
      make: (zoo: Zoo) => zoo.plugin('x', { protocol: [1, 'two'] }),
      code: 'PLUGIN_BAD_MANIFEST',
      says: 'scoria.protocol.1:',
    },
    {
      animal: 'no entry',
      make: (zoo: Zoo) => zoo.plugin('x', {}, ''),
      code: 'PLUGIN_ENTRY_MISSING',
      says: 'dist/main.js, which is not there: build the package',
    },
    {
      animal: 'an entry above the package',
      make: (zoo: Zoo) => zoo.plugin('x', { entry: '../other/main.js' }),
      code: 'PLUGIN_ENTRY_OUTSIDE',
      says: 'leads outside the package',
    },
    {
      animal: 'an absolute entry',
      make: (zoo: Zoo) => zoo.plugin('x', { entry: '/bin/sh' }),
      code: 'PLUGIN_ENTRY_OUTSIDE',
      says: 'to /bin/sh',
    },
    {
      animal: 'an entry that is a link out of the package',
      make: async (zoo: Zoo) => {
        await zoo.plugin('x', {}, '');
        await zoo.link('/bin/sh', 'x/dist/main.js');
      },
      code: 'PLUGIN_ENTRY_OUTSIDE',
      says: 'leads outside the package',
    },
    {
      animal: 'an entry that is the package itself',
      make: (zoo: Zoo) => zoo.plugin('x', { entry: '.' }),
      code: 'PLUGIN_ENTRY_OUTSIDE',
      says: 'leads outside the package',
    },
    {
      animal: 'a program that may not be executed',
      make: (zoo: Zoo) => zoo.plugin('x', { executable: true }),
      code: 'PLUGIN_ENTRY_NOT_EXECUTABLE',
      says: 'chmod +x',
    },
    {
      animal: 'a protocol of the future',
      make: (zoo: Zoo) => zoo.plugin('x', { protocol: [7, 8] }),
      code: 'PLUGIN_PROTOCOL_MISMATCH',
      says: 'speaks protocol 7, 8, this Scoria speaks 1',
    },
    {
      animal: 'an options schema that is not there',
      make: (zoo: Zoo) => zoo.plugin('x', { optionsSchema: './dist/options.schema.json' }),
      code: 'PLUGIN_BAD_OPTIONS_SCHEMA',
      says: 'scoria.optionsSchema names',
    },
  ])('$animal: $code', async ({ make, code, says }) => {
    await using zoo = await Zoo.open();
    await make(zoo);
    const catalog = await PluginCatalog.scan([zoo.path('x')]);
    expect(catalog.plugins).toEqual([]);
    expect(catalog.problems).toHaveLength(1);
    expect(catalog.problems[0]).toMatchObject({ code, message: expect.stringContaining(says) });
    expect(catalog.problems[0]?.message).toContain(zoo.root);
  });

  it('two plugins with one kind and name: both paths, and neither is used', async () => {
    await using zoo = await Zoo.open();
    const one = await zoo.plugin('one', { name: 'twin' });
    const two = await zoo.plugin('two', { name: 'twin' });
    await zoo.plugin('three', { name: 'twin', kind: 'target-helper' });
    const catalog = await PluginCatalog.scan(['one', 'two', 'three'].map((each) => zoo.path(each)));
    expect(refusal(catalog, 'twin')).toMatchObject({ code: 'PLUGIN_DUPLICATE', paths: [one, two] });
    expect(catalog.find('target-helper', 'twin').kind).toBe('target-helper');
  });

  it('not found: the nearest name, and all that are known', async () => {
    await using zoo = await Zoo.open();
    await zoo.plugin('a', { name: 'iscsi' });
    await zoo.plugin('b', { name: 'fake' });
    const catalog = await PluginCatalog.scan([zoo.root]);
    expect(refusal(catalog, 'iscis').message).toBe(
      'there is no driver "iscis" (did you mean "iscsi"?); installed: fake, iscsi',
    );
    expect(refusal(catalog, 'netapp-enterprise').message).toBe(
      'there is no driver "netapp-enterprise"; installed: fake, iscsi',
    );
    expect(refusal(catalog, 'tgtadm', 'target-helper').message).toContain('no target-helper is installed');
  });
});
