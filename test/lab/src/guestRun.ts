import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@scoria/host-exec';
import type { Share } from './divideSuites.ts';
import type { GuestImage } from './image/image.ts';
import { type LabResults, readResults } from './results.ts';
import { machines } from './vm/machine.ts';

const MINUTE = 60_000;

/** What a guest's run left. */
export interface GuestRun {
  /** What it printed: its console, then its tests. */
  readonly log: string;
  readonly seconds: number;
  readonly results: LabResults;
}

/** Boots one guest, has it run these suites of the checkout, and takes what they left. */
export async function runGuest(
  image: GuestImage,
  checkout: string,
  { machine, suites }: Share,
): Promise<GuestRun> {
  const out = await mkdtemp(join(tmpdir(), 'scoria-lab-'));
  // Also when a signal ends this process, which runs no `finally`.
  process.once('exit', () => rmSync(out, { recursive: true, force: true }));
  await writeFile(join(out, 'arguments'), `${suites.join('\n')}\n`);
  const { program, argv } = machines[machine](image, { checkout, out });
  const { durationMs, stdout, stderr } = await run(program, argv, {
    deadlineMs: 20 * MINUTE,
    exitCodes: 'any',
  });
  const logs = ['serial.log', 'output.log'].map((name) => join(out, name)).filter((path) => existsSync(path));
  const texts = await Promise.all(logs.map((path) => readFile(path, 'utf8')));
  return {
    log: [stdout, stderr, ...texts].map((text) => text.trimEnd()).join('\n'),
    seconds: Math.round(durationMs / 1000),
    results: await readResults(join(out, 'results.json')),
  };
}
