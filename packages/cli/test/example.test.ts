import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noPlugins, scoria } from './fixtures/scoria.ts';

const example = resolve(import.meta.dirname, '../../../examples/quickstart.yaml');

describe.skipIf(noPlugins)('the example configuration', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scoria-example-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is right as it stands, without a warning', async () => {
    expect(await scoria(['config', 'check', '--config', example])).toEqual({
      code: 0,
      stdout: `${example} is right: backends files.\n`,
      stderr: '',
    });
  });

  it('names only settings and options that there are, with values they may have', async () => {
    const text = await readFile(example, 'utf8');
    // A commented option starts with a name that prose does not start with; in a section nothing is nested deeper.
    const name =
      /^(?:# ( {0,4})|( +)# )((?:[a-z]+_[a-z_]+|host|database|quotas|listen|standard|description|images|backup|type|path|url|auth): ?.*)$/;
    const all = text.split('\n').map((line) => line.replace(name, '$1$2$3'));
    expect(all.join('\n')).not.toBe(text);
    const path = join(folder, 'all.yaml');
    // The key of backups is looked at, so it has to be there.
    const key = join(folder, 'backup.key');
    await writeFile(key, randomBytes(32), { mode: 0o600 });
    const kept = all.filter((line) => !/^plugin_paths:/.test(line)).join('\n');
    await writeFile(path, kept.replace('/etc/scoria/backup.key', key));
    const { code, stderr } = await scoria(['config', 'check', '--config', path]);
    expect([code, stderr]).toEqual([0, '']);
    const shown = JSON.parse((await scoria(['config', 'show', '--config', path, '--json'])).stdout);
    expect(shown).toMatchObject({
      host: 'storage-1',
      api: { listen: '127.0.0.1:8776', tokensFile: '/etc/scoria/tokens.yaml' },
      defaultVolumeType: 'standard',
      dataMover: { threads: 2, checkpointMs: 5_000 },
      images: { source: { type: 'glance' }, allowedFormats: ['raw', 'qcow2'] },
      dataPath: { prefer: 'local', iscsiInitiator: 'auto' },
      backends: { files: { options: { file_store_image_size: 20, reserved_percentage: 0 } } },
    });
  });
});
