import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@scoria-test/support';
import { expect, onTestFinished, test } from 'vitest';
import { readResults, resultLines, sumOf } from '../src/results.ts';

async function reportOf(content: unknown): Promise<string> {
  const directory = await temporaryDirectory('scoria-results-');
  onTestFinished(() => directory[Symbol.asyncDispose]());
  const path = join(directory.path, 'results.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const suite = (status: string, ...tests: [string, string][]) => ({
  name: 'a.lab.ts',
  status,
  assertionResults: tests.map(([fullName, state]) => ({ fullName, status: state })),
});

test('tests are counted, and the skipped ones named', async () => {
  const path = await reportOf({
    testResults: [suite('failed', ['one', 'passed'], ['two', 'failed'], ['three', 'skipped'])],
  });
  expect(resultLines(await readResults(path))).toEqual([
    'skipped: lab: three',
    '1 passed, 1 failed, 1 skipped',
  ]);
});

test('a suite that could not be loaded is a failure, not an empty one', async () => {
  const path = await reportOf({ testResults: [suite('failed')] });
  expect(await readResults(path)).toMatchObject({ passed: 0, failed: 1 });
});

test.each([
  ['none', undefined],
  ['half a one', '{"testResults": ['],
  ['another document', '{}'],
])('a guest that left %s instead of a report counts as one failure', async (_, content) => {
  const path = content === undefined ? '/nowhere/results.json' : await reportOf(content);
  const results = await readResults(path);
  expect(results).toMatchObject({ passed: 0, failed: 1, skipped: [] });
  expect(resultLines(results)[0]).toMatch(/left no report/);
});

test('what several guests did is added up, and a lost one shows beside a good one', async () => {
  const good = await readResults(await reportOf({ testResults: [suite('passed', ['one', 'passed'])] }));
  const lost = await readResults('/nowhere/results.json');
  const lines = resultLines(sumOf([good, lost]));
  expect(lines).toHaveLength(2);
  expect(lines[1]).toBe('1 passed, 1 failed, 0 skipped');
});
