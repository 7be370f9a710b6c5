import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';

const root = resolve(import.meta.dirname, '../..');

/** Imports that break one rule each: file, source text, rule. */
const offenders: [file: string, text: string, rule: string][] = [
  ['packages/driver-bad/src/kernel.ts', "import '@scoria/core';", 'drivers-and-helpers'],
  ['packages/driver-bad/src/contract.ts', "import '@scoria/core/contract';", 'drivers-and-helpers'],
  ['packages/driver-bad/src/driver.ts', "import '@scoria/driver-good';", 'drivers-and-helpers'],
  ['packages/driver-bad/src/mover.ts', "import '@scoria/data-mover';", 'drivers-and-helpers'],
  ['packages/driver-bad/src/type.ts', "import type {} from '@scoria/core';", 'drivers-and-helpers'],
  ['packages/driver-bad/src/dynamic.ts', "await import('@scoria/core');", 'drivers-and-helpers'],
  ['packages/target-helpers/bad/src/koffi.ts', "import 'koffi';", 'drivers-and-helpers'],
  ['packages/backing-stores/bad/src/pino.ts', "import 'pino';", 'stores'],
  ['packages/core/src/contract/builtIn.ts', "import 'node:fs';", 'contract-is-a-leaf'],
  ['packages/core/src/contract/kernel.ts', "import '../index.ts';", 'contract-is-a-leaf'],
  ['packages/core/src/catalog/sdk.ts', "import '@scoria/driver-sdk';", 'kernel'],
  ['packages/core/src/catalog/plugin.ts', "import '@scoria/driver-good';", 'kernel'],
  ['packages/core/src/catalog/plugin.ts', "import '@scoria/driver-good';", 'no-plugin-in-the-service'],
  ['packages/core/src/catalog/container.ts', "import 'tsyringe';", 'tsyringe-has-one-home'],
  ['packages/rpc/src/zod.ts', "import 'zod';", 'rpc-imports-nothing'],
  ['packages/driver-sdk/src/kernel.ts', "import '@scoria/core';", 'driver-sdk'],
  ['packages/host-exec/src/zod.ts', "import 'zod';", 'host-exec'],
  ['packages/initiator/src/kernel.ts', "import '@scoria/core';", 'initiator'],
  ['packages/initiator/src/execa.ts', "import 'execa';", 'initiator'],
  ['packages/initiator/src/execa.ts', "import 'execa';", 'execa-has-one-home'],
  ['packages/data-mover/src/contract.ts', "import '@scoria/core/contract';", 'data-mover'],
  ['packages/images/src/contract.ts', "import '@scoria/core/contract';", 'images'],
  ['packages/backup/src/exec.ts', "import '@scoria/host-exec';", 'backup'],
  ['packages/service/src/plugin.ts', "import '@scoria/driver-good';", 'no-plugin-in-the-service'],
  ['packages/conformance/src/service.ts', "import '@scoria/service';", 'service-below-cli'],
  ['packages/service/src/deep.ts', "import '@scoria/core/src/index.ts';", 'no-unresolved-imports'],
  [
    'packages/service/src/relative.ts',
    "import '../../core/src/index.ts';",
    'no-relative-import-across-packages',
  ],
  ['packages/service/src/undeclared.ts', "import 'koffi';", 'declared-dependencies-only'],
  ['packages/service/src/one.ts', "import './two.ts';", 'no-cycles'],
  [
    'test/e2e/relative.test.ts',
    "import '../../packages/core/src/index.ts';",
    'no-relative-import-into-packages',
  ],
];

/** What every kind of package is meant to import, and the other half of the cycle, which is reported once. */
const lawful: [file: string, text: string][] = [
  ['packages/service/src/two.ts', "import './one.ts';"],
  ['packages/core/src/contract/index.ts', "import 'zod';"],
  [
    'packages/core/src/index.ts',
    "import 'node:fs'; import './contract/index.ts'; import '@scoria/rpc'; import 'pino';",
  ],
  ['packages/core/src/di/index.ts', "import 'tsyringe';"],
  ['packages/rpc/src/index.ts', "import 'node:stream';"],
  [
    'packages/driver-sdk/src/index.ts',
    "import '@scoria/core/contract'; import '@scoria/rpc'; import 'pino';",
  ],
  ['packages/host-exec/src/index.ts', "import 'execa';"],
  ['packages/data-mover/src/index.ts', "import 'piscina'; import 'koffi';"],
  ['packages/images/src/index.ts', "import '@scoria/data-mover'; import '@scoria/host-exec';"],
  ['packages/backup/src/index.ts', "import '@scoria/data-mover'; import 'zod';"],
  ['packages/initiator/src/index.ts', "import '@scoria/core/contract'; import '@scoria/host-exec';"],
  [
    'packages/service/src/index.ts',
    "import '@scoria/core'; import '@scoria/initiator'; import '@scoria/data-mover';",
  ],
  ['packages/cli/src/index.ts', "import '@scoria/service';"],
  ['packages/target-helpers/kit/src/index.ts', "import '@scoria/driver-sdk';"],
  [
    'packages/driver-good/src/index.ts',
    "import '@scoria/driver-sdk'; import '@scoria/kit'; import './own.ts';",
  ],
  ['packages/driver-good/src/own.ts', "import 'zod';"],
  ['packages/backing-stores/good/src/index.ts', "import 'koffi'; import '@scoria/host-exec';"],
];

const libraries = ['execa', 'koffi', 'pino', 'piscina', 'tsyringe', 'zod'];
let folder: string;

async function write(file: string, text: string): Promise<void> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-boundaries-'));
  await write(
    'tsconfig.json',
    '{"compilerOptions": {"module": "nodenext", "allowImportingTsExtensions": true}}',
  );
  await write('package.json', '{"name": "tree", "type": "module"}');
  for (const name of libraries) {
    await write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: '1.0.0', exports: './index.js' }),
    );
    await write(`node_modules/${name}/index.js`, '');
  }
  await mkdir(join(folder, 'node_modules/@scoria'), { recursive: true });
  for (const [file, text] of lawful) await write(file, text);
  for (const [file, text] of offenders) await write(file, text);
  const packages = new Set([...lawful, ...offenders].map(([file]) => file.replace(/\/src\/.*/, '')));
  for (const place of packages) {
    if (place.startsWith('test/')) continue;
    const name = place.replace(/.*\//, '');
    const dependencies = Object.fromEntries(
      libraries
        .filter((library) => !(name === 'service' && library === 'koffi'))
        .map((library) => [library, '1']),
    );
    const exports = {
      '.': { 'scoria-source': './src/index.ts' },
      './contract': { 'scoria-source': './src/contract/index.ts' },
    };
    await write(
      `${place}/package.json`,
      JSON.stringify({ name: `@scoria/${name}`, type: 'module', exports, dependencies }),
    );
    await symlink(join(folder, place), join(folder, 'node_modules/@scoria', name)).catch(() => undefined);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** Runs the command of `npm run check`, on the tree in the temporary folder. */
function cruise(outputType: 'err' | 'json'): Promise<{ code: number; output: string }> {
  const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  const args = [program, '--config', config, '--output-type', outputType, 'packages', 'test'];
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), output: stdout || stderr });
    });
  });
}

it('breaks every rule exactly where the table is broken, and nowhere else', async () => {
  const { output } = await cruise('json');
  expect(output).toMatch(/^{/);
  const { violations } = report.parse(JSON.parse(output)).summary;
  const found = violations.map(({ from, rule }) => `${rule.name}: ${from}`).sort();
  const expected = offenders.map(([file, , rule]) => `${rule}: ${file}`).sort();
  expect(found).toEqual(expected);
});

it('fails the check and names the driver that imports the kernel', async () => {
  const { code, output } = await cruise('err');
  expect(code).not.toBe(0);
  expect(output).toContain(
    'drivers-and-helpers: packages/driver-bad/src/kernel.ts → packages/core/src/index.ts',
  );
});
