import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '@scoria-test/support';
import { expect, onTestFinished, test } from 'vitest';
import { divideSuites, longSuites } from '../src/divideSuites.ts';

const folder = 'test/lab/suites';

async function checkoutOf(...names: string[]): Promise<string> {
  const directory = await temporaryDirectory('scoria-suites-');
  onTestFinished(() => directory[Symbol.asyncDispose]());
  for (const machine of ['emulated', 'rebooted', 'usermode'])
    mkdirSync(join(directory.path, folder, machine), { recursive: true });
  for (const name of names) writeFileSync(join(directory.path, folder, name), '');
  return directory.path;
}

test('a suite runs on the machine whose folder it is in', async () => {
  const checkout = await checkoutOf(
    ...['emulated/fc.lab.ts', 'rebooted/exports.lab.ts', 'usermode/lio.lab.ts', 'usermode/notes.md'],
  );
  expect(divideSuites(checkout, [], { emulated: 1, rebooted: 1, usermode: 1 })).toEqual([
    { machine: 'emulated', suites: [`${folder}/emulated/fc.lab.ts`] },
    { machine: 'rebooted', suites: [`${folder}/rebooted/exports.lab.ts`] },
    { machine: 'usermode', suites: [`${folder}/usermode/lio.lab.ts`] },
  ]);
});

test('each suite goes to one guest, a long one beside as much as it takes itself', async () => {
  const names = ['a', 'b', 'c', 'lvm'].map((name) => `usermode/${name}.lab.ts`);
  const shares = divideSuites(await checkoutOf(...names), [], { emulated: 1, rebooted: 1, usermode: 2 });
  expect(shares.map(({ suites }) => suites)).toEqual([
    [`${folder}/usermode/lvm.lab.ts`],
    ['a', 'b', 'c'].map((name) => `${folder}/usermode/${name}.lab.ts`),
  ]);
});

test('only suites that are asked for are run, and no guest for nothing', async () => {
  const names = ['lio', 'lioRestore', 'lvm'].map((name) => `usermode/${name}.lab.ts`);
  const checkout = await checkoutOf(...names);
  const suitesOf = (...wanted: string[]): (readonly string[])[] =>
    divideSuites(checkout, wanted, { emulated: 1, rebooted: 1, usermode: 1 }).map(({ suites }) => suites);
  expect(suitesOf('lvm')).toEqual([[`${folder}/usermode/lvm.lab.ts`]]);
  expect(suitesOf('lio', 'lvm')).toEqual([names.map((name) => `${folder}/${name}`)]);
  expect(suitesOf('nothing')).toEqual([]);
});

test.each(Object.keys(longSuites))('%s, which is said to take long, is a suite', (name) => {
  expect(existsSync(new URL(`../suites/usermode/${name}.lab.ts`, import.meta.url))).toBe(true);
});
