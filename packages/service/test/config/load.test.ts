import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSecret } from '@scoria/core/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConfigError,
  describeConfig,
  loadConfig,
  revealOptions,
  type ScoriaConfig,
} from '../../src/config/index.ts';
import { writePlugins } from './plugins.ts';

/** Nine levels of nine aliases each. */
function bomb(): string {
  const levels = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array(9).fill(`*a${n}`)}]`);
  return ['a0: &a0 [x]', ...levels, 'enabled_backends: []', ''].join('\n');
}

describe('a configuration', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scoria-config-'));
    await writePlugins(join(folder, 'plugins'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function load(text: string, mode = 0o600): Promise<ScoriaConfig> {
    const path = join(folder, 'scoria.yaml');
    await writeFile(path, text);
    await chmod(path, mode);
    return loadConfig(path, { defaultPluginPaths: [join(folder, 'plugins')] });
  }

  async function problemsOf(text: string, mode = 0o600): Promise<string[]> {
    const error = await load(text, mode).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ConfigError)) throw new Error('the configuration was accepted', { cause: error });
    return error.message
      .split('\n')
      .map((line) => line.replace(`${join(folder, 'scoria.yaml')}`, 'scoria.yaml'));
  }

  const working = `
state_dir: state
enabled_backends: [one]
one:
  volume_driver: iscsi
  iscsi_helper: tgtadm
  backing_store: file
  iscsi_port: 13260
  iscsi_write_cache: off
  file_store_dir: /srv/volumes
  volume_clear: none
`;

  it('finds the plugins of a backend and makes paths absolute', async () => {
    const config = await load(working);
    expect(config).toMatchObject({
      stateDirectory: join(folder, 'state'),
      database: join(folder, 'state/scoria.db'),
      api: { socket: join(folder, 'state/api.sock'), listen: null, tokensFile: null },
      availabilityZone: 'nova',
      logLevel: 'info',
      warnings: [],
      backends: [
        {
          name: 'one',
          driver: { name: 'iscsi', kind: 'driver' },
          helper: { name: 'tgtadm' },
          store: { name: 'file' },
          stateDirectory: join(folder, 'state/backends/one'),
        },
      ],
    });
    expect(config.backends[0]?.options).toEqual({
      iscsi_helper: 'tgtadm',
      backing_store: 'file',
      iscsi_port: 13260,
      iscsi_write_cache: 'off',
      file_store_dir: '/srv/volumes',
      volume_clear: 'none',
    });
  });

  it('takes tgtadm over files where the section names neither', async () => {
    const config = await load('enabled_backends: [one]\none: {volume_driver: iscsi}\n');
    expect(config.backends[0]).toMatchObject({ helper: { name: 'tgtadm' }, store: { name: 'file' } });
  });

  it('tells the driver which backing store to load', async () => {
    const section = 'one: {volume_driver: iscsi, backing_store: vendor-disks, vendor_disks_pool: fast}';
    const config = await load(`enabled_backends: [one]\n${section}\n`);
    expect(config.backends[0]).toMatchObject({
      store: { name: 'vendor-disks' },
      options: { backing_store: 'vendor-disks', vendor_disks_pool: 'fast' },
    });
  });

  it("takes the helper of that transport for Fibre Channel, a vendor's too, and checks its options", async () => {
    const section = (more: string) =>
      `enabled_backends: [san]\nsan:\n  volume_driver: fc\n  fc_target_wwpns: ['5001405000000001']\n${more}`;
    expect((await load(section(''))).backends[0]).toMatchObject({ helper: { name: 'fc' } });
    expect((await load(section('  fc_helper: vendor-array\n'))).backends[0]).toMatchObject({
      helper: { name: 'vendor-array' },
    });
    const problems = await problemsOf(section('  fc_helper: vendor\n'));
    expect(problems.join('\n')).toMatch(/no target-helper "vendor"/);
    const [missing] = await problemsOf('enabled_backends: [san]\nsan: {volume_driver: fc}\n');
    expect(missing).toMatch(/fc_target_wwpns/);
  });

  it.each([
    [
      'an unknown option',
      'volume_claer: zero',
      /^scoria\.yaml:4:3: one\.volume_claer: unknown option .*did you mean "volume_clear"/,
    ],
    ['a wrong type', 'iscsi_port: "3260"', /^scoria\.yaml:4:15: one\.iscsi_port: .*expected number/],
    ['a value out of range', 'reserved_percentage: 101', /^scoria\.yaml:4:24: .*100/],
    ['a choice there is not', 'volume_clear: burn', /"none"\|"zero"\|"shred"/],
    [
      'a helper there is not',
      'iscsi_helper: tgtadmin',
      /^scoria\.yaml:4:17: one\.iscsi_helper: "tgtadmin" is no target helper: choose one of tgtadm, iseradm, lioadm, ietadm, fake/,
    ],
    ['a helper that is not installed', 'iscsi_helper: lioadm', /no target-helper "lioadm"/],
    [
      'a store that is not installed',
      'backing_store: lvm',
      /no backing-store "lvm".*installed: file, vendor-disks/,
    ],
    ['an option of another plugin', 'array_port: 1', /unknown option "array_port"/],
  ])('refuses %s', async (_name, line, expected) => {
    const problems = await problemsOf(`enabled_backends: [one]\none:\n  volume_driver: iscsi\n  ${line}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  it.each([
    ['aliases that grow without end', bomb(), /not YAML: Excessive alias count/],
    ['an alias to nothing', 'enabled_backends: *nobody\n', /not YAML: Unresolved alias/],
    ['another encoding', Buffer.from([0x68, 0x3a, 0x20, 0xff, 0xfe]), /is not UTF-8/],
  ])('refuses %s', async (_name, text, expected) => {
    const path = join(folder, 'scoria.yaml');
    await writeFile(path, text, { mode: 0o600 });
    await expect(loadConfig(path, { defaultPluginPaths: [] })).rejects.toThrow(expected);
    await expect(loadConfig(path, { defaultPluginPaths: [] })).rejects.toBeInstanceOf(ConfigError);
  });

  it('refuses a file that everybody may change: it names the code that is run', async () => {
    expect(await problemsOf(working, 0o666)).toEqual([expect.stringMatching(/0666\): chmod o-w/)]);
  });

  it('refuses what is no file without waiting for it', async () => {
    await expect(loadConfig('/dev/zero', {})).rejects.toThrow(/is not a regular file/);
    await expect(loadConfig(folder, {})).rejects.toThrow(/is not a regular file/);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(loadConfig(pipe, {})).rejects.toThrow(/is not a regular file/);
  });

  it('names a driver that is not installed, and the nearest', async () => {
    const [problem] = await problemsOf('enabled_backends: [one]\none:\n  volume_driver: isci\n');
    expect(problem).toMatch(
      /^scoria\.yaml:3:18: one\.volume_driver: there is no driver "isci" \(did you mean "iscsi"\?\)/,
    );
    const [missing] = await problemsOf('enabled_backends: [one]\none:\n  volume_clear: none\n');
    expect(missing).toMatch(/^scoria\.yaml:2:1: one: "volume_driver" is missing.*array, fc, iscsi/);
  });

  it.each([
    ['an unknown setting', 'log_levle: info', /:2:1: log_levle: unknown key; did you mean "log_level"\?/],
    [
      'an unknown key inside a setting',
      'api: {sokcet: x}',
      /api\.sokcet: unknown key; did you mean "socket"\?/,
    ],
    [
      'a section that nothing enables and no driver names',
      'two: {iscsi_port: 1}',
      /two: unknown key: a backend section needs/,
    ],
    ['a wrong log level', 'log_level: loud', /:2:12: log_level: /],
    ['TCP without tokens', 'api: {listen: "127.0.0.1:8776"}', /api\.listen: needs api\.tokens_file/],
    ['an address without a port', 'api: {listen: localhost, tokens_file: t}', /api\.listen: address:port/],
    ['no place to listen', 'api: {socket: null}', /listen nowhere/],
    [
      'a backend enabled that is not there',
      'one: {volume_driver: iscsi}\ntow: {volume_driver: iscsi}',
      /enabled_backends\.0: there is no section "two"; did you mean "tow"\?/,
    ],
  ])('refuses %s', async (_name, text, expected) => {
    const problems = await problemsOf(`enabled_backends: [${text.includes('tow:') ? 'two' : ''}]\n${text}\n`);
    expect(problems.join('\n')).toMatch(expected);
  });

  it('refuses one name for two sections, and a backend enabled twice', async () => {
    const [twice] = await problemsOf(
      'one:\n  volume_driver: iscsi\none:\n  volume_driver: array\nenabled_backends: [one]\n',
    );
    expect(twice).toMatch(/^scoria\.yaml:3:1: "one" stands here a second time/);
    const [enabled] = await problemsOf('enabled_backends: [one, one]\none: {volume_driver: iscsi}\n');
    expect(enabled).toMatch(/^scoria\.yaml:1:25: .*"one" is enabled twice/);
  });

  it('shows where a file is not YAML, and what is no configuration at all', async () => {
    expect((await problemsOf('state_dir: /tmp\nenabled_backends: [one\n'))[0]).toMatch(
      /^scoria\.yaml:\d+:\d+: not YAML/,
    );
    expect((await problemsOf('- a\n- b\n'))[0]).toMatch(/not a mapping/);
    expect((await problemsOf(''))[0]).toMatch(/enabled_backends: is missing/);
    await expect(loadConfig(join(folder, 'absent.yaml'))).rejects.toThrow(/absent\.yaml: does not exist/);
    expect((await problemsOf(`a: ${'x'.repeat(1_100_000)}\n`))[0]).toMatch(/at most 1048576/);
  });

  it('reports everything that is wrong at once, in the order of the file', async () => {
    const problems = await problemsOf(
      'enabled_backends: [one]\nlog_level: loud\none:\n  volume_driver: iscsi\n  iscsi_port: 0\n  volume_claer: zero\n',
    );
    expect(problems.map((line) => line.split(':')[1])).toEqual(['2', '5', '6']);
  });

  it('accepts an old option name with a warning, but not beside the new one', async () => {
    const text = 'enabled_backends: [one]\none:\n  volume_driver: iscsi\n  num_iscsi_scan_tries: 5\n';
    const config = await load(text);
    expect(config.backends[0]?.options).toMatchObject({ num_volume_device_scan_tries: 5 });
    expect(config.warnings).toMatchObject([
      { line: 4, message: expect.stringContaining('num_volume_device_scan_tries') },
    ]);
    expect((await problemsOf(`${text}  num_volume_device_scan_tries: 4\n`))[0]).toMatch(/old name of/);
  });

  it('warns of sections that nobody starts, and of two that say the same', async () => {
    const config = await load(
      'enabled_backends: [one, two]\none: {volume_driver: iscsi}\ntwo: {volume_driver: iscsi}\nthree: {volume_driver: iscsi}\n',
    );
    expect(config.warnings.map((warning) => warning.message)).toEqual([
      expect.stringContaining('says exactly what "one" says'),
      expect.stringContaining('not in enabled_backends'),
    ]);
  });

  describe('with secrets', () => {
    const section = (password: string) =>
      `enabled_backends: [a]\na:\n  volume_driver: array\n  array_address: x\n  array_password: ${password}\n`;

    it('holds them as secrets, shows them masked, and reveals them for the driver only', async () => {
      const config = await load(section('canary-in-the-file'));
      expect(isSecret(config.backends[0]?.options['array_password'])).toBe(true);
      expect(config.backends[0]?.secretNames).toEqual(['array_password']);
      expect(JSON.stringify(config)).not.toContain('canary');
      expect(JSON.stringify(describeConfig(config))).toContain('[secret]');
      expect(revealOptions(config.backends[0]?.options ?? {})['array_password']).toBe('canary-in-the-file');
    });

    it('takes them from a private file, and only from a private one', async () => {
      const path = join(folder, 'password');
      await writeFile(path, 'canary-from-a-file\n');
      await chmod(path, 0o600);
      const config = await load(section(`{file: ${path}}`), 0o644);
      expect(revealOptions(config.backends[0]?.options ?? {})['array_password']).toBe('canary-from-a-file');
      await chmod(path, 0o644);
      expect((await problemsOf(section(`{file: ${path}}`)))[0]).toMatch(/others may read .*chmod 0600/);
      expect((await problemsOf(section('{file: relative}')))[0]).toMatch(/absolute/);
      expect((await problemsOf(section(`{file: ${path}.not}`)))[0]).toMatch(/ENOENT/);
    });

    it('refuses a file with secrets that everybody may read, and warns when its group may', async () => {
      expect((await problemsOf(section('canary'), 0o644))[0]).toMatch(
        /:5:3: a\.array_password: .*everybody may read/,
      );
      expect((await load(section('canary'), 0o640)).warnings[0]?.message).toMatch(/its group may read/);
      expect((await problemsOf(section('[1]'), 0o600)).join()).not.toContain('canary');
    });
  });
});
