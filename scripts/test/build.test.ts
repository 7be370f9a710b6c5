import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildPackage } from '../build/buildPackage.ts';
import { findPackages } from '../build/findPackages.ts';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

/** Builds the one package that the test wrote. */
async function build(): Promise<string[]> {
  const [only, ...others] = await findPackages(folder);
  if (only === undefined || others.length > 0) throw new Error('a test writes one package');
  return (await buildPackage(only)).map((file) => file.slice(only.folder.length + 1)).sort();
}

function run(file: string): Promise<string> {
  return new Promise((done) => {
    execFile(process.execPath, [join(folder, file)], (error, stdout) =>
      done(error === null ? stdout.trim() : error.message),
    );
  });
}

const entry = (name: string) => ({ 'scoria-source': `./src/${name}.ts`, default: `./dist/${name}.js` });
const plugin = {
  name: '@scoria/driver-x',
  type: 'module',
  exports: { '.': entry('index') },
  scoria: { kind: 'driver', name: 'x', entry: './dist/main.js', optionsSchema: './dist/options.schema.json' },
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-build-'));
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('bundles a plugin whole, with the schema of its options', async () => {
  await write('packages/driver-x/package.json', JSON.stringify(plugin));
  await write(
    'packages/driver-x/src/options.ts',
    "import { z } from 'zod'; export const options = z.object({ port: z.number().default(3260), name: z.string() });",
  );
  await write(
    'packages/driver-x/src/main.ts',
    "import { options } from './options.ts'; console.log(options.parse({ name: 'n' }).port);",
  );
  expect(await build()).toEqual(['dist/main.js', 'dist/main.js.map', 'dist/options.schema.json']);
  await rm(join(folder, 'node_modules'), { recursive: true });
  expect(await run('packages/driver-x/dist/main.js')).toBe('3260');
  const schema: unknown = JSON.parse(
    await readFile(join(folder, 'packages/driver-x/dist/options.schema.json'), 'utf8'),
  );
  expect(schema).toMatchObject({
    type: 'object',
    required: ['name'],
    properties: { port: { default: 3260 } },
  });
});

it('lets CommonJS inside a bundle require what node has', async () => {
  await write('packages/driver-x/package.json', JSON.stringify(plugin));
  await write('packages/driver-x/src/old.cjs', "module.exports = require('path').sep;");
  await write('packages/driver-x/src/main.ts', "import sep from './old.cjs'; console.log(sep);");
  await build();
  expect(await run('packages/driver-x/dist/main.js')).toBe('/');
});

it('puts the programs of the images package beside a command that has the service inside', async () => {
  const command = {
    name: '@scoria/command',
    type: 'module',
    bin: { command: './dist/command.js' },
    dependencies: { '@scoria/service': '1' },
  };
  await write('packages/command/package.json', JSON.stringify(command));
  await write('packages/command/src/main.ts', "console.log('command');");
  await write('packages/images/src/programs/tool.ts', "console.log('tool');");
  expect(await build()).toEqual(expect.arrayContaining(['dist/command.js', 'dist/tool.js']));
  expect(await run('packages/command/dist/tool.js')).toBe('tool');
});

it('keeps one copy of a class between the entries of a library', async () => {
  const manifest = {
    name: '@scoria/x',
    type: 'module',
    exports: { '.': entry('index'), './leaf': entry('leaf') },
  };
  await write('packages/x/package.json', JSON.stringify(manifest));
  await write('packages/x/src/leaf.ts', 'export class Leaf {}');
  await write(
    'packages/x/src/index.ts',
    "import { Leaf } from './leaf.ts'; export const made: Leaf = new Leaf();",
  );
  await write(
    'packages/x/probe.mjs',
    "import { made } from './dist/index.js'; import { Leaf } from './dist/leaf.js'; console.log(made instanceof Leaf);",
  );
  await build();
  expect(await run('packages/x/probe.mjs')).toBe('true');
});

it('refuses a native dependency that the package does not declare', async () => {
  await write('packages/driver-x/package.json', JSON.stringify(plugin));
  await write('packages/driver-x/src/main.ts', "import koffi from 'koffi'; console.log(koffi);");
  await expect(build()).rejects.toThrow(/'koffi', which stays outside the bundle/);
});

it('fails on what does not build, and skips what is not written yet', async () => {
  await write('packages/driver-x/package.json', JSON.stringify(plugin));
  expect(await build()).toEqual([]);
  await write('packages/driver-x/src/main.ts', "import './missing.ts';");
  await expect(build()).rejects.toThrow(/missing\.ts/);
});

it('fails on options that are ambiguous or absent', async () => {
  await write('packages/driver-x/package.json', JSON.stringify(plugin));
  await write('packages/driver-x/src/options.ts', 'export const nothing = 1;');
  await expect(build()).rejects.toThrow(/one z\.object/);
});

it('removes what an earlier build left, and leaves what has not changed', async () => {
  await write('packages/driver-x/package.json', JSON.stringify(plugin));
  await write('packages/driver-x/src/main.ts', "console.log('same');");
  await build();
  const before = await stat(join(folder, 'packages/driver-x/dist/main.js'));
  await write('packages/driver-x/dist/gone.js', '');
  await build();
  expect((await stat(join(folder, 'packages/driver-x/dist/main.js'))).mtimeMs).toBe(before.mtimeMs);
  expect(existsSync(join(folder, 'packages/driver-x/dist/gone.js'))).toBe(false);
});
