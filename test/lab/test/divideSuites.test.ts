import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@scoria-test/support';
import { expect, onTestFinished, test } from 'vitest';
import { divideSuites } from '../src/divideSuites.ts';

const folder = 'test/lab/suites';

async function checkoutOf(...names: string[]): Promise<string> {
  const directory = await temporaryDirectory('scoria-suites-');
  onTestFinished(() => directory[Symbol.asyncDispose]());
  mkdirSync(join(directory.path, folder), { recursive: true });
  for (const name of names) writeFileSync(join(directory.path, folder, name), '');
  return directory.path;
}

test('each suite goes to one guest, a contract beside as much as it takes itself', async () => {
  const checkout = await checkoutOf('a.lab.ts', 'b.lab.ts', 'c.lab.ts', 'zContract.lab.ts', 'notes.md');
  expect(divideSuites(checkout, [], 2)).toEqual([
    [`${folder}/zContract.lab.ts`],
    [`${folder}/a.lab.ts`, `${folder}/b.lab.ts`, `${folder}/c.lab.ts`],
  ]);
});

test('only suites that are asked for are run, and no guest for nothing', async () => {
  const checkout = await checkoutOf('lio.lab.ts', 'lioRestore.lab.ts', 'lvm.lab.ts');
  expect(divideSuites(checkout, ['lvm'], 2)).toEqual([[`${folder}/lvm.lab.ts`]]);
  expect(divideSuites(checkout, ['lio', 'lvm'], 1)).toEqual([
    [`${folder}/lio.lab.ts`, `${folder}/lioRestore.lab.ts`, `${folder}/lvm.lab.ts`],
  ]);
  expect(divideSuites(checkout, ['nothing'], 2)).toEqual([]);
});
