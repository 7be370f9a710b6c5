import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { MIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { mounted, openStore, temporaryDirectory, tree } from './harness.ts';

const xfs = mounted('xfs', 400);
const places = [
  { name: 'temporary directory', path: temporaryDirectory(), skip: undefined },
  { name: 'xfs', path: join(xfs.path, 'store'), skip: xfs.skip },
];

/** Starts the churn, and kills it some time after it has finished its first round. @returns the names it was told are done */
async function killedChurn(directory: string, afterMs: number): Promise<string[]> {
  const program = join(import.meta.dirname, 'fixtures/churn.ts');
  const child = spawn(process.execPath, ['--conditions=scoria-source', program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const closed = once(child, 'close');
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
    output += text;
  });
  await closed;
  return output.split('\n').slice(0, -1);
}

describe.each(places)('a store that is killed on $name', ({ path: directory, skip }) => {
  it.skipIf(skip)(
    'has whole volumes only, loses none, and cleans up',
    async () => {
      const done: string[] = [];
      for (const afterMs of [3, 17, 29, 41]) done.push(...(await killedChurn(directory, afterMs)));
      expect(done.length).toBeGreaterThanOrEqual(4);
      const store = await openStore(directory);
      const owned = await store.listOwned();
      expect(tree(join(directory, 'staging'))).toEqual([]);
      for (const { reference, name } of owned) {
        const expected = name?.endsWith('-clone') ? 2 * MIB : name?.endsWith('-adopted') ? 4096 : MIB;
        expect({ reference, size: statSync(reference).size }).toEqual({ reference, size: expected });
      }
      const names = new Set(owned.map(({ name }) => name));
      for (const name of done) {
        for (const each of [name, `${name}-clone`, `${name}-adopted`, name.replace('volume', 'snapshot')]) {
          expect(names).toContain(each);
        }
      }
    },
    60_000,
  );
});
