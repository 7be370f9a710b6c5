import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DriverSupervisor, PluginCatalog } from '@scoria/core';
import { bytes, type DriverClient, MIB } from '@scoria/core/contract';
import { temporaryDirectory } from '@scoria-test/support';
import { build } from 'esbuild';
import { pino } from 'pino';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newConnector, newVolume } from '../contract/support/objects.ts';

const root = resolve(import.meta.dirname, '../../..');
const guide = await readFile(join(root, 'docs/driver-guide.md'), 'utf8');

/** A program of the guide, as it stands there. */
function program(file: string): string {
  const [, after] = guide.split(`<!-- file: ${file} -->\n`);
  const code = after === undefined ? undefined : /^```\w+\n([\s\S]*?)^```$/m.exec(after)?.[1];
  if (code === undefined) throw new Error(`the guide has no ${file}`);
  return code;
}

/** Bundles a package of the guide as the guide says, where a catalog finds it. */
async function install(name: string, directory: string): Promise<void> {
  const folder = join(directory, name);
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), program(`${name}/package.json`));
  await build({
    // What a vendor has in node_modules is here in that of a driver of the workspace.
    stdin: {
      contents: program(`${name}/main.ts`),
      loader: 'ts',
      resolveDir: join(root, 'packages/driver-fake'),
    },
    outfile: join(folder, 'dist/main.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    conditions: ['scoria-source'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
}

async function run(
  driverName: string,
  installed: string,
  options: (directory: string) => Readonly<Record<string, unknown>>,
): Promise<{ client: DriverClient; directory: string }> {
  const directory = await temporaryDirectory('scoria-guide-');
  onTestFinished(() => directory[Symbol.asyncDispose]());
  await mkdir(join(directory.path, 'plugins'));
  await install(installed, join(directory.path, 'plugins'));
  const packages = join(root, 'packages');
  const catalog = await PluginCatalog.scan([
    join(directory.path, 'plugins'),
    packages,
    join(packages, 'target-helpers'),
  ]);
  const supervisor = new DriverSupervisor(
    {
      backend: 'guide',
      host: 'node',
      driver: catalog.find('driver', driverName),
      plugins: catalog.plugins
        .filter(({ kind }) => kind !== 'driver')
        .map(({ kind, name, entry }) => ({ kind, name, entry })),
      options: options(directory.path),
      stateDir: directory.path,
    },
    { log: pino({ level: 'silent' }) },
  );
  onTestFinished(() => supervisor.stop());
  await supervisor.start();
  await supervisor.whenReady({ timeoutMs: 20_000 });
  return { client: supervisor.client, directory: directory.path };
}

describe('the driver guide', () => {
  it('has a whole driver in less than 50 lines of code', async () => {
    const lines = program('driver/main.ts')
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect(lines.length).toBeLessThan(50);
  });

  it.each(['driver/main.ts', 'store/main.ts'])('has a %s without a mistake of type', (file) => {
    expect(typeErrors(program(file))).toEqual([]);
  });

  it('has a driver that works', async () => {
    const { client, directory } = await run('acme', 'driver', (folder) => ({
      acme_folder: join(folder, 'volumes'),
    }));
    const volume = newVolume();
    await client.createVolume({ volume });
    await client.createVolume({ volume });
    await expect(client.createVolume({ volume: { ...volume, size: bytes(MIB) } })).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
    });
    await client.createExport({ volume });
    const { connectionInfo } = await client.initializeConnection({ volume, connector: newConnector() });
    expect(connectionInfo).toMatchObject({
      driver_volume_type: 'local',
      data: { device_path: join(directory, 'volumes', volume.name) },
      identity: { type: 'inode' },
    });
    expect((await client.listOwned({})).objects).toMatchObject([{ kind: 'volume', name: volume.name }]);
    await expect(client.extendVolume({ volume, newSize: bytes(2 * volume.size) })).rejects.toMatchObject({
      code: 'UNIMPLEMENTED',
    });
    expect((await client.getVolumeStats({})).pools).toHaveLength(1);
    await client.deleteVolume({ volume });
    expect(await client.listOwned({})).toEqual({ objects: [] });
  });

  it('has a store that gets iSCSI for nothing', async () => {
    const { client } = await run('iscsi', 'store', (folder) => ({
      iscsi_helper: 'fake',
      backing_store: 'plain',
      plain_folder: join(folder, 'volumes'),
    }));
    const volume = newVolume();
    await client.createVolume({ volume });
    expect(await client.extendVolume({ volume, newSize: bytes(volume.size + MIB) })).toEqual({
      size: volume.size + MIB,
    });
    await client.createExport({ volume });
    const { connectionInfo } = await client.initializeConnection({ volume, connector: newConnector() });
    expect(connectionInfo).toMatchObject({ driver_volume_type: 'iscsi', data: { auth_method: 'CHAP' } });
    await client.terminateConnection({ volume, connector: null });
    await client.removeExport({ volume });
    await client.deleteVolume({ volume });
    await client.deleteVolume({ volume });
    expect(await client.listOwned({})).toEqual({ objects: [] });
  });

  it('names files that exist', async () => {
    const paths = [...guide.matchAll(/`((?:test|packages|docs)\/[\w/.-]+)`/g)].map(([, path]) => path ?? '');
    for (const path of paths)
      await expect(readFile(join(root, path), 'utf8').catch(isFolder)).resolves.toBeDefined();
  });
});

/** What the compiler says of a program, with the options of this workspace, as if it were a file of a driver. */
function typeErrors(text: string): string[] {
  const path = join(root, 'packages/driver-fake/src/guide.ts');
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [path] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile: read, getSourceFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? text : read(name));
  host.getSourceFile = (name, target, ...rest) =>
    name === path ? ts.createSourceFile(name, text, target) : getSourceFile(name, target, ...rest);
  const made = ts.createProgram([path], options, host);
  const source = made.getSourceFile(path);
  return [...made.getSyntacticDiagnostics(source), ...made.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '),
  );
}

/** A folder exists as well as a file does. */
function isFolder(error: { code?: string }): string {
  if (error.code === 'EISDIR') return 'folder';
  throw error;
}
