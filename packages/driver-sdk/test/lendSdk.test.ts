import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixture } from './talk.ts';

const run = promisify(execFile);

let directory: string;
beforeAll(async () => {
  // Outside of any node_modules: what is not lent cannot be found there.
  directory = await mkdtemp(join(tmpdir(), 'scoria-lend-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** What a process of its own tells of loading a plugin with this code: a test runner has module hooks of its own. */
async function borrowed(code: string): Promise<unknown> {
  const entry = join(directory, 'plugin.mjs');
  await writeFile(entry, code);
  const argv = ['--conditions=scoria-source', fixture('borrow.ts'), entry];
  return JSON.parse((await run(process.execPath, argv)).stdout);
}

it("lends a plugin the driver's own copy of the SDK, so that both have one ContractError", async () => {
  const told = await borrowed(`
    import { ContractError, defineTargetHelper, z } from '@scoria/driver-sdk';
    export default defineTargetHelper({
      name: 'lent', version: '1', options: z.object({}),
      create() { throw new ContractError('TOOL_MISSING', 'no tool'); },
    });
  `);
  expect(told).toEqual({ isOurs: true, code: 'TOOL_MISSING', message: 'ProgramNotFound: no tool' });
});

it('does not lend what belongs to drivers', async () => {
  const told = await borrowed(`import { serve } from '@scoria/driver-sdk'; export default serve;`);
  expect(told).toMatchObject({ code: 'INVALID_CONFIGURATION', message: expect.stringContaining("'serve'") });
});
