import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@scoria/driver-sdk';
import { expect, it, onTestFinished } from 'vitest';
import { openConfStore } from '../../src/conf/store.ts';

it('removes what a killed process was writing, which may hold secrets, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'scoria-conf-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  // Above the largest process id there can be (proc(5), pid_max): of nobody who lives.
  const dead = 2 ** 22 + 1;
  const kept = ['volume-1', `.volume-1.${process.ppid}.tmp`, '.note'];
  for (const name of [...kept, `.volume-1.${dead}.tmp`]) await writeFile(join(directory, name), 'secret');
  await openConfStore(directory, createLogger({ name: 'tgtadm-test', level: 'silent' }));
  expect((await readdir(directory)).sort()).toEqual(kept.sort());
});
