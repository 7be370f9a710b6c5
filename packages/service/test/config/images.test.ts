import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, type ScoriaConfig } from '../../src/config/index.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

async function load(images: string, folder = scratchDirectory()): Promise<ScoriaConfig> {
  const path = join(folder, 'scoria.yaml');
  writeFileSync(path, `state_dir: state\nenabled_backends: []\nimages:\n${images}\n`, { mode: 0o600 });
  return loadConfig(path, { defaultPluginPaths: [] });
}

async function problemsOf(images: string): Promise<string> {
  const error = await load(images).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('the configuration was accepted', { cause: error });
  return error.message;
}

describe('the section images', () => {
  it('names a directory; its paths start at the file; all else has defaults', async () => {
    const folder = scratchDirectory();
    mkdirSync(join(folder, 'store'));
    const { images, warnings } = await load('  type: directory\n  path: store', folder);
    expect(images).toMatchObject({
      source: { type: 'directory', path: join(folder, 'store'), read_only: false },
      conversionDirectory: join(folder, 'state', 'conversion'),
      cache: null,
      compressOnUpload: true,
      limits: {},
    });
    expect(images?.allowedFormats).toContain('vhdx');
    expect(warnings.map(({ path }) => path)).not.toContainEqual(['images', 'path']);
  });

  it('takes a cache, limits and formats', async () => {
    const { images } = await load(
      [
        '  type: glance\n  url: http://127.0.0.1:9292\n  auth: none',
        '  image_cache_dir: cache\n  image_cache_size: 1.5\n  allowed_formats: [raw]',
        '  conversion_deadline: 60\n  conversion_memory: 512\n  image_compress_on_upload: false',
      ].join('\n'),
    );
    expect(images).toMatchObject({
      cache: { directory: expect.stringMatching(/\/cache$/), maxBytes: 1.5 * 2 ** 30 },
      allowedFormats: ['raw'],
      compressOnUpload: false,
      limits: { conversionDeadlineMs: 60_000, conversionAddressSpaceBytes: 512 * 2 ** 20 },
    });
  });

  it.each([
    ['  path: x', /type.*one of directory, glance, http/],
    ['  type: tape', /type.*one of directory, glance, http/],
    ['  type: directory', /path.*is missing/],
    ['  type: directory\n  path: x\n  image_conversion_dirr: y', /did you mean "image_conversion_dir"/],
    ['  type: directory\n  path: x\n  image_cache_size: 5', /needs image_cache_dir/],
    ['  type: directory\n  path: x\n  allowed_formats: [qed]', /allowed_formats/],
    ['  type: directory\n  path: x\n  allowed_formats: []', /allowed_formats/],
    ['  type: directory\n  path: x\n  conversion_memory: 1', /conversion_memory/],
    ['  type: glance\n  url: ftp://x\n  auth: none', /url.*http/],
    ['  type: glance\n  url: http://x\n  auth: token_file', /token_file/],
    ['  type: glance\n  url: http://x\n  auth: caller', /auth.*use token_file, or none/],
  ])('refuses %j', async (section, says) => {
    expect(await problemsOf(section)).toMatch(says);
  });

  it('warns of a directory that is not there', async () => {
    const { warnings } = await load('  type: directory\n  path: /nowhere/at/all');
    expect(warnings.map(({ message }) => message).join()).toMatch(/not a directory here/);
  });
});
