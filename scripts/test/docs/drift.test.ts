import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { driftOf } from '../../docs/driftOf.ts';
import { generate } from '../../docs/generate.ts';

const root = resolve(import.meta.dirname, '../../..');
const run = promisify(execFile);

describe('generated documentation', () => {
  it('agrees with the contract', async () => {
    expect(
      await driftOf(root, await generate(root)),
      'run: node --conditions=scoria-source scripts/docs.ts',
    ).toEqual([]);
  });
});

describe('--check', () => {
  let copy: string;
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'scoria-docs-'));
    await cp(join(root, 'docs'), join(copy, 'docs'), { recursive: true });
  });
  afterEach(() => rm(copy, { recursive: true, force: true }));

  const check = () =>
    run(process.execPath, [
      '--conditions=scoria-source',
      join(root, 'scripts/docs.ts'),
      '--check',
      '--root',
      copy,
    ]).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { code: number; stderr: string }) => ({ code: error.code, output: error.stderr }),
    );
  const edit = async (path: string, change: (text: string) => string): Promise<void> => {
    const text = await readFile(join(copy, path), 'utf8');
    expect(change(text), 'the edit has to change something').not.toBe(text);
    await writeFile(join(copy, path), change(text));
  };

  it('passes on what is in the repository', async () => {
    expect(await check()).toMatchObject({ code: 0 });
  });

  it.each([
    [
      'a code that is missing',
      'docs/errors.md',
      (text: string) => text.replace(/\n\| [^\n]*`NO_SPACE`<br>[^\n]*/, ''),
    ],
    [
      'a code that is dead',
      'docs/errors.md',
      (text: string) => text.replace(/(\n\| [^\n]*`)NO_SPACE(`<br>[^\n]*)/, '$1NO_SPACE$2$1DISK_ON_FIRE$2'),
    ],
    ['a changed meaning', 'docs/errors.md', (text: string) => text.replace('Nothing was left behind.', '')],
    ['a changed default', 'docs/reference/options.md', (text: string) => text.replace('`3260`', '`3261`')],
    [
      'an operation that is missing',
      'docs/reference/operations.md',
      (text: string) => text.replace(/\n## extendVolume[\s\S]*?(?=\n## )/, ''),
    ],
    [
      'a schema that is looser',
      'docs/reference/contract.schema.json',
      (text: string) => text.replace('"maximum": 9007199254740991', '"maximum": 9007199254740992'),
    ],
    [
      'a manifest schema by hand',
      'docs/reference/manifest.schema.json',
      (text: string) => text.replace('"driver"', '"drivers"'),
    ],
    [
      'a wire table by hand',
      'docs/protocol.md',
      (text: string) => text.replace('| 1048576 |', '| 2097152 |'),
    ],
  ])('fails on %s, and names the file', async (_, path, change) => {
    await edit(path, change);
    const { code, output } = await check();
    expect(code).toBe(1);
    expect(output).toContain(path);
  });

  it('fails on a file that is gone', async () => {
    await rm(join(copy, 'docs/reference/operations.md'));
    expect(await check()).toMatchObject({ code: 1 });
  });

  it('fails on a page whose block was removed or misspelled', async () => {
    await edit('docs/errors.md', (text) => text.replace('generated: errors (', 'generated: eror ('));
    const { code, output } = await check();
    expect(code).toBe(1);
    expect(output).toContain("no generated block is named 'eror'");
  });
});
