import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  repository,
  scoriaProgram,
  type TemporaryDirectory,
  temporaryDirectory,
  writeConfig,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory?.[Symbol.asyncDispose]());

interface Ended {
  readonly code: number;
  readonly text: string;
}

async function scoria(...argv: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(process.execPath, [scoriaProgram, ...argv], {
      timeout: 30_000,
      env: { PATH: process.env['PATH'] ?? '', HOME: directory.path },
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

const fake = { volume_driver: 'fake' };

describe('a configuration that cannot work', () => {
  const cases: [string, Record<string, unknown>, RegExp[]][] = [
    [
      'an unknown option names the nearest',
      { ...fake, volume_claer: 'zero' },
      [/volume_claer/, /volume_clear/, /line \d+|:\d+:\d+/],
    ],
    ['a value of a wrong type', { ...fake, num_shell_tries: 'three' }, [/num_shell_tries/, /number/]],
    ['a value out of range', { ...fake, reserved_percentage: 101 }, [/reserved_percentage/, /100/]],
    ['a choice that there is not', { ...fake, volume_clear: 'burn' }, [/volume_clear/, /zero/]],
    ['a driver that is not installed', { volume_driver: 'isci' }, [/isci/, /iscsi/]],
    [
      'a target helper that there is not',
      { volume_driver: 'iscsi', iscsi_helper: 'tgtadmin', backing_store: 'file' },
      [/tgtadmin/, /tgtadm/, /lioadm/],
    ],
  ];
  it.each(cases)('%s', async (_, section, patterns) => {
    const path = await writeConfig({ directory: join(directory.path, 'case'), backends: { one: section } });
    const { code, text } = await scoria('config', 'check', '--config', path);
    expect([code, text]).not.toEqual([0, expect.anything()]);
    for (const pattern of patterns) expect(text).toMatch(pattern);
    const served = await scoria('serve', '--config', path);
    expect(served.code).not.toBe(0);
  });

  it('a backend that is enabled but has no section', async () => {
    const path = await writeConfig({
      directory: join(directory.path, 'missing'),
      backends: {},
      settings: { enabled_backends: ['ghost'] },
    });
    const { code, text } = await scoria('config', 'check', '--config', path);
    expect(code).not.toBe(0);
    expect(text).toMatch(/ghost/);
  });

  it('YAML that does not parse is shown with line and column', async () => {
    const path = join(directory.path, 'broken.yaml');
    await writeFile(path, 'state_dir: /tmp\nenabled_backends: [one\n', { mode: 0o600 });
    const { code, text } = await scoria('config', 'check', '--config', path);
    expect(code).not.toBe(0);
    expect(text).toMatch(/broken\.yaml:\d+:\d+|line \d+/);
  });

  it('two drivers with one name, with both paths', async () => {
    const copies = join(directory.path, 'copies');
    await mkdir(copies);
    for (const name of ['a', 'b']) {
      await mkdir(join(copies, name, 'dist'), { recursive: true });
      await cp(join(repository, 'packages/driver-fake/package.json'), join(copies, name, 'package.json'));
      await cp(join(repository, 'packages/driver-fake/dist'), join(copies, name, 'dist'), {
        recursive: true,
      });
    }
    const path = await writeConfig({
      directory: join(directory.path, 'two'),
      backends: { one: fake },
      settings: { plugin_paths: [copies] },
    });
    const { code, text } = await scoria('config', 'check', '--config', path);
    expect(code).not.toBe(0);
    expect(text).toContain(join(copies, 'a'));
    expect(text).toContain(join(copies, 'b'));
  });

  it('a driver that speaks another protocol, with the versions of both sides', async () => {
    const package_ = join(directory.path, 'future', 'driver');
    await mkdir(join(package_, 'dist'), { recursive: true });
    const manifest = JSON.parse(
      await readFile(join(repository, 'packages/driver-fake/package.json'), 'utf8'),
    );
    manifest.scoria.protocol = [99];
    await writeFile(join(package_, 'package.json'), JSON.stringify(manifest));
    await cp(join(repository, 'packages/driver-fake/dist'), join(package_, 'dist'), { recursive: true });
    const path = await writeConfig({
      directory: join(directory.path, 'proto'),
      backends: { one: fake },
      settings: { plugin_paths: [join(directory.path, 'future')] },
    });
    const { code, text } = await scoria('config', 'check', '--config', path);
    expect(code).not.toBe(0);
    expect(text).toMatch(/99/);
    expect(text).toMatch(/\b1\b/);
  });

  it('a port that is in use is named, and the service ends', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const path = await writeConfig(
      { directory: join(directory.path, 'port'), backends: { one: fake } },
      port,
    );
    const { code, text } = await scoria('serve', '--config', path);
    server.close();
    expect(code).not.toBe(0);
    expect(text).toContain(String(port));
    expect(text).toMatch(/in use/i);
  });

  it('a state directory that cannot be made is named', async () => {
    const file = join(directory.path, 'a-file');
    await writeFile(file, '');
    const path = await writeConfig({
      directory: join(directory.path, 'unwritable'),
      backends: { one: fake },
      settings: { state_dir: join(file, 'state') },
    });
    const { code, text } = await scoria('serve', '--config', path);
    expect(code).not.toBe(0);
    expect(text).toContain(join(file, 'state'));
  });
});
