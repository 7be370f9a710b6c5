import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pins } from '../bootstrap/pins.mjs';
import { checkFiles } from '../check/files.ts';
import { checkManifests } from '../check/manifests.ts';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), text);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-check-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds no fault with the manifests of this workspace', async () => {
  expect(await checkManifests(root)).toBe('');
});

it('finds each way in which versions can drift apart', async () => {
  await write('pnpm-workspace.yaml', 'catalog:\n  a: 1.0.0\n  b: ^2.0.0\n  unused: 1.0.0\n');
  await write('package.json', JSON.stringify({ name: 'top', private: true, packageManager: 'pnpm@1.0.0' }));
  const bad = {
    name: 'bad',
    license: 'MIT',
    engines: { node: '>=20' },
    dependencies: { a: '1.0.0', b: 'catalog:' },
  };
  await write('packages/bad/package.json', JSON.stringify(bad));
  const dev = { name: 'dev', private: true, devDependencies: { bad: 'workspace:^' } };
  await write('packages/target-helpers/dev/package.json', JSON.stringify(dev));
  expect((await checkManifests(folder)).split('\n')).toEqual([
    'pnpm-workspace.yaml: b ^2.0.0 is no exact version',
    "packages/bad/package.json: a is '1.0.0'; use 'catalog:' and put the version into pnpm-workspace.yaml",
    'packages/bad/package.json: license is not Apache-2.0',
    "packages/bad/package.json: engines.node is not '>=24'",
    "packages/target-helpers/dev/package.json: bad is 'workspace:^'; use 'catalog:' and put the version into pnpm-workspace.yaml",
    'pnpm-workspace.yaml: no package uses unused',
    `package.json: packageManager is not pnpm@${pins.pnpm.version}, which scripts/bootstrap/pins.mjs installs`,
  ]);
});

it('finds vague names and long sources', async () => {
  await write('packages/x/src/utils.ts', '');
  await write('packages/x/src/long.ts', 'x;\n'.repeat(401));
  await write('packages/x/src/fine.ts', 'x;\n'.repeat(400));
  await write('packages/x/test/long.test.ts', 'x;\n'.repeat(401));
  await write('packages/x/node_modules/y/utils.ts', '');
  expect((await checkFiles(folder)).split('\n')).toEqual([
    'packages/x/src/long.ts: 401 lines; split it by concern (at most 400)',
    'packages/x/src/utils.ts: name it for its concern',
  ]);
});

it('pins the Node that the types describe', async () => {
  const workspace = await readFile(join(root, 'pnpm-workspace.yaml'), 'utf8');
  const types = /'@types\/node': (\d+)\./.exec(workspace)?.[1];
  expect(pins.node.version.split('.')[0]).toBe(types);
});
