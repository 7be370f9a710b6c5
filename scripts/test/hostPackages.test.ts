import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { ensureHostPackages, obstacleOf } from '../bootstrap/ensureHostPackages.mjs';
import { exitCodes } from '../bootstrap/exitCodes.mjs';
import { type HostPackage, hostPackages } from '../bootstrap/hostPackages.mjs';
import { isPresent } from '../bootstrap/presence.mjs';

const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
const absent: HostPackage = {
  name: 'scoria-none',
  programs: ['scoria-no-such-program'],
  for: 'run',
  why: 'a test',
};

it('README lists every Debian package that the bootstrap installs, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([a-z0-9-]+)` \| .* \| (quickstart, test|test|test:lab) \|$/gm)];
  const documented = rows.map(([, name, tasks]) => [
    name,
    tasks === 'test:lab' ? 'lab' : tasks === 'test' ? 'test' : 'run',
  ]);
  expect(documented).toEqual(hostPackages.map((each) => [each.name, each.for]));
});

it('README lists every exit code', () => {
  for (const code of Object.values(exitCodes))
    expect(readme).toMatch(new RegExp(`^\\| ${code} \\| \\w`, 'm'));
});

it('sees a program in the system folders, and a file below a wildcard', () => {
  const found: HostPackage = {
    name: 'any',
    programs: ['sh'],
    files: ['/usr/*/env'],
    for: 'run',
    why: 'a test',
  };
  expect(isPresent(found)).toBe(true);
  expect(isPresent({ ...found, files: ['/usr/*/scoria-no-such-file'] })).toBe(false);
  expect(isPresent({ ...found, files: ['/scoria-none/*/env'] })).toBe(false);
  expect(isPresent(absent)).toBe(false);
});

it('stops with what is missing and the command to run where it may not install', async () => {
  const attempt = ensureHostPackages(
    'run',
    [absent, { ...absent, name: 'for-tests', for: 'test' }],
    'Not here',
  );
  await expect(attempt).rejects.toMatchObject({ exitCode: exitCodes.hostPackagesMissing });
  await expect(attempt).rejects.toThrow(/^Not here. They bring scoria-no-such-program\./);
  await expect(attempt).rejects.toThrow(
    /\n {2}apt-get update && apt-get install --no-install-recommends scoria-none$/,
  );
});

it('asks for nothing when a task needs nothing', async () => {
  expect(await ensureHostPackages(undefined, [absent], 'Not here')).toBe(false);
});

it('installs as root on a Debian and what derives from it only', () => {
  expect(obstacleOf(0, 'NAME="Debian"\nID=debian\n')).toBeUndefined();
  expect(obstacleOf(0, 'ID=mint\nID_LIKE="ubuntu debian"\n')).toBeUndefined();
  expect(obstacleOf(1000, 'ID=debian\n')).toMatch(/root/);
  expect(obstacleOf(0, 'ID=fedora\n')).toMatch(/no Debian/);
  expect(obstacleOf(0, 'VERSION_ID=debian\n')).toMatch(/no Debian/);
  expect(obstacleOf(0, '')).toMatch(/no Debian/);
});
