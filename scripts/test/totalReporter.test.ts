import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-total-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs the tests in the temporary folder with the reporters of this workspace. */
async function runTests(
  files: Record<string, string>,
): Promise<{ code: number; lastLine: string; skipped: string[] }> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const reporter = join(root, 'scripts/vitest/totalReporter.ts');
  const options = ['--globals', '--root', folder, '--reporter', 'default', '--reporter', reporter];
  const argv = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...options];
  return new Promise((done) => {
    execFile(process.execPath, argv, { cwd: folder }, (error, stdout) => {
      done({
        code: error === null ? 0 : Number(error.code),
        lastLine: stdout.trimEnd().split('\n').at(-1) ?? '',
        skipped: stdout.split('\n').filter((line) => line.startsWith('skipped: ')),
      });
    });
  });
}

it('ends with the total over all files', async () => {
  const outcome = await runTests({
    'a.test.js': "it('1', () => {}); it('2', () => {}); it.skip('3', () => {});",
    'b.test.js': "describe('deep', () => { it('4', () => {}); it.todo('5'); });",
  });
  expect(outcome).toMatchObject({ code: 0, lastLine: '3 passed, 0 failed, 2 skipped' });
});

it('counts a failed test, and a file that cannot be loaded', async () => {
  const outcome = await runTests({
    'a.test.js': "it('1', () => {}); it('2', () => { throw new Error('no'); });",
    'b.test.js': "import './missing.js';",
    'c.test.js': "afterAll(() => { throw new Error('no'); }); it('3', () => {});",
  });
  expect(outcome).toMatchObject({ code: 1, lastLine: '2 passed, 3 failed, 0 skipped' });
});

it('counts an error outside of every test', async () => {
  const outcome = await runTests({ 'a.test.js': "it('1', () => { Promise.reject(new Error('stray')); });" });
  expect(outcome).toMatchObject({ code: 1, lastLine: '1 passed, 1 failed, 0 skipped' });
});

it('names what was skipped, with the reason', async () => {
  const { skipped } = await runTests({
    'a.test.js':
      "describe('deep', () => { it('1', ({ skip }) => skip('no such disk')); }); it('2', () => {});",
  });
  expect(skipped).toEqual(['skipped: deep > 1: no such disk']);
});

it('fails when no test ran', async () => {
  expect(await runTests({ 'a.test.js': "it.skip('1', () => {});" })).toMatchObject({
    code: 1,
    lastLine: '0 passed, 0 failed, 1 skipped',
  });
  await rm(join(folder, 'a.test.js'));
  expect(await runTests({})).toMatchObject({ code: 1 });
});
