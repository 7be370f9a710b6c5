import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { inspect, parseArgs } from 'node:util';
import { temporaryDirectory } from '@scoria-test/support';
import type { Figure } from '../figure.ts';
import { table } from '../table.ts';
import { backupFiles, backupMostlyEmpty } from './suites/backup.ts';
import { cancel } from './suites/cancel.ts';
import { clone } from './suites/clone.ts';
import { copyDense, copySparse } from './suites/copy.ts';
import { firstTask } from './suites/firstTask.ts';
import { image } from './suites/image.ts';
import { latency } from './suites/latency.ts';
import { memory } from './suites/memory.ts';
import { wipeOverwritten, wipeZero } from './suites/wipe.ts';
import { gib, openWorkbench, type Workbench } from './workbench.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    'no-peer': { type: 'boolean' },
    'size-mib': { type: 'string', default: '4096' },
    rounds: { type: 'string', default: '5' },
    directory: { type: 'string', default: tmpdir() },
  },
});
const suites: Readonly<Record<string, (bench: Workbench) => Promise<Figure[]>>> = {
  'copy-dense': copyDense,
  'copy-sparse': copySparse,
  clone,
  'first-task': firstTask,
  'wipe-zero': wipeZero,
  'wipe-overwritten': wipeOverwritten,
  image,
  'backup-mostly-empty': backupMostlyEmpty,
  'backup-files': backupFiles,
  memory,
  latency,
  cancel,
};
const unknown = (values.only ?? []).filter((name) => !Object.hasOwn(suites, name));
const sizeMib = Number(values['size-mib']);
const rounds = Number(values.rounds);
if (unknown.length > 0) fail(`no suite ${unknown.join(', ')}; there are: ${Object.keys(suites).join(', ')}`);
if (!Number.isInteger(sizeMib / 64) || sizeMib < 64) fail('--size-mib is a multiple of 64');
if (!Number.isInteger(rounds) || rounds < 1) fail('--rounds is 1 or more');

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort(new Error('interrupted')));
const figures: Figure[] = [];
let broken = 0;
for (const [name, suite] of Object.entries(suites)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  if (interruption.signal.aborted) break;
  // One at a time, so that no more space is taken than one needs.
  await using directory = await temporaryDirectory('scoria-bench-', values.directory);
  const bench = await openWorkbench(directory.path, {
    size: sizeMib * 2 ** 20,
    rounds,
    peers: values['no-peer'] !== true,
    interrupted: interruption.signal,
  });
  bench.log(`${name} of ${gib(bench.size)}, medians of ${rounds} ...`);
  try {
    figures.push(...(await suite(bench)));
  } catch (error) {
    // The others' figures are worth having all the same.
    broken += 1;
    bench.log(`${name} failed: ${inspect(error)}`);
  }
}
console.log(table(figures));
const missed = figures.filter(({ ok }) => !ok);
console.log(`\n${figures.length - missed.length} of ${figures.length} figures reach their goal`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);
if (broken > 0) {
  console.error(`bench: ${broken} suites failed`);
  process.exitCode = 1;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
