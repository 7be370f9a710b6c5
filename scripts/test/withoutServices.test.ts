import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withoutServices } from '../bootstrap/withoutServices.mjs';

let folder: string;
let policy: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scoria-policy-'));
  policy = join(folder, 'policy-rc.d');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('forbids starting services during the installation only', async () => {
  const during = await withoutServices(
    async () => [await readFile(policy, 'utf8'), (await stat(policy)).mode & 0o777],
    policy,
  );
  expect(during).toEqual([expect.stringMatching(/^#!\/bin\/sh\n.*\nexit 101\n$/), 0o755]);
  expect(existsSync(policy)).toBe(false);
});

it('removes its policy when the installation fails', async () => {
  await expect(withoutServices(() => Promise.reject(new Error('apt')), policy)).rejects.toThrow('apt');
  expect(existsSync(policy)).toBe(false);
});

it("keeps the machine's own policy", async () => {
  await writeFile(policy, '#!/bin/sh\nexit 0\n');
  await withoutServices(async () => undefined, policy);
  expect(await readFile(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
});

it('takes back a policy that a killed run left behind', async () => {
  let left = '';
  await withoutServices(async () => {
    left = await readFile(policy, 'utf8');
  }, policy);
  await writeFile(policy, left);
  await withoutServices(async () => undefined, policy);
  expect(existsSync(policy)).toBe(false);
});
