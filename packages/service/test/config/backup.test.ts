import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSecret } from '@scoria/core/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, describeConfig, loadConfig, type ScoriaConfig } from '../../src/config/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-config-'));
  await writeFile(join(folder, 'key'), Buffer.alloc(32, 7), { mode: 0o600 });
  await writeFile(join(folder, 'open-key'), Buffer.alloc(32, 7));
  await chmod(join(folder, 'open-key'), 0o644);
  await writeFile(join(folder, 'short-key'), 'short', { mode: 0o600 });
  await writeFile(join(folder, 's3-secret'), 'canary-s3-secret\n', { mode: 0o600 });
});
afterAll(() => rm(folder, { recursive: true }));

async function load(backup: string, mode = 0o600): Promise<ScoriaConfig> {
  const path = join(folder, 'scoria.yaml');
  await writeFile(path, `state_dir: state\nenabled_backends: []\nbackup:\n${backup}\n`);
  await chmod(path, mode);
  return loadConfig(path, { defaultPluginPaths: [] });
}

async function problemsOf(backup: string, mode = 0o600): Promise<string> {
  const error = await load(backup, mode).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError)) throw new Error('the configuration was accepted', { cause: error });
  return error.message.replaceAll(join(folder, 'scoria.yaml'), 'scoria.yaml');
}

const s3 = '  type: s3\n  endpoint: https://s3.example.org\n  bucket: backups\n  access_key_id: id\n';

describe('the section backup', () => {
  it('is not needed', async () => {
    const path = join(folder, 'none.yaml');
    await writeFile(path, 'state_dir: state\nenabled_backends: []\n');
    expect((await loadConfig(path, { defaultPluginPaths: [] })).backup).toBeNull();
  });

  it('names a directory; its paths start at the file', async () => {
    const { backup } = await load('  type: directory\n  path: repository\n  key_file: key');
    expect(backup).toEqual({
      repository: { type: 'directory', path: join(folder, 'repository'), require_mount: false },
      keyFile: join(folder, 'key'),
      spoolDirectory: join(folder, 'state', 'backup-spool'),
      compressionLevel: 1,
      blockSize: 262_144,
      readBack: true,
    });
  });

  it('names a bucket; its secret is masked wherever it is shown', async () => {
    const config = await load(`${s3}  secret_access_key: {file: ${folder}/s3-secret}`);
    const { repository } = config.backup ?? {};
    if (repository?.type !== 's3') throw new Error('no bucket');
    expect(isSecret(repository.secret_access_key)).toBe(true);
    expect(repository.secret_access_key?.reveal()).toBe('canary-s3-secret');
    expect(JSON.stringify(describeConfig(config))).not.toContain('canary-s3-secret');
  });

  it.each([
    ['no type', '  path: /srv', /:\d+:\d+: backup\.type: is the kind of repository: one of directory, s3/],
    ['an unknown type', '  type: tape', /backup\.type: .*directory, s3/],
    ['no path', '  type: directory', /backup\.path: is missing/],
    ['a misspelt key', '  type: directory\n  path: /srv\n  key_fle: key', /"key_file"/],
    ['a key of another kind', '  type: directory\n  path: /srv\n  bucket: b', /backup\.bucket: unknown key/],
    ['a key file that is not there', '  type: directory\n  path: /srv\n  key_file: none', /key_file.*ENOENT/],
    ['a key file that others may read', '  type: directory\n  path: /srv\n  key_file: open-key', /0644/],
    ['a key that is none', '  type: directory\n  path: /srv\n  key_file: short-key', /key_file.*32 bytes/],
    [
      'a level of compression',
      '  type: directory\n  path: /srv\n  compression_level: 20',
      /compression_level/,
    ],
    ['a block size', '  type: directory\n  path: /srv\n  block_size_kib: 100', /block_size_kib/],
    ['half of the credentials', s3, /credentials_file, or both/],
  ])('is refused with %s', async (_what, backup, says) => {
    expect(await problemsOf(backup)).toMatch(says);
  });

  it('keeps a secret in the file itself private', async () => {
    const inline = `${s3}  secret_access_key: canary-s3-secret`;
    const problem = await problemsOf(inline, 0o644);
    expect(problem).toMatch(/backup\.secret_access_key: is a secret, and everybody may read/);
    expect(problem).not.toContain('canary-s3-secret');
    expect((await load(inline)).backup).not.toBeNull();
  });
});
