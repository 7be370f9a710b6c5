import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { backendsUp, startScoria, startTgtd, temporaryDirectory, tgtBackend } from '@scoria-test/support';
import type { Figure } from './figure.ts';
import { cinderMissing, cinderPackages, startCinder } from './peers/cinder.ts';
import { driverFigures } from './suites/driver.ts';
import { lifecycleFigures, measureLifecycle, refusals } from './suites/lifecycle.ts';
import { listingFigures } from './suites/listing.ts';
import { reexportFigures } from './suites/reexport.ts';
import { measureStart, startFigures } from './suites/start.ts';
import { table } from './table.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', multiple: true },
    'no-peer': { type: 'boolean' },
  },
});
const suites = {
  lifecycle: withCinder,
  driver: driverFigures,
  reexport: reexportFigures,
  listing: listingFigures,
};
const unknown = (values.only ?? []).filter((name) => !(name in suites));
if (unknown.length > 0) {
  console.error(`no suite ${unknown.join(', ')}; there are: ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}

const figures: Figure[] = [];
for (const [name, suite] of Object.entries(suites)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  console.error(`bench: ${name} ...`);
  figures.push(...(await suite()));
}
console.log(table(figures));
const missed = figures.filter(({ ok }) => !ok);
console.log(`\n${figures.length - missed.length} of ${figures.length} figures reach their goal`);
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(figures, null, 2)}\n`);

/** The operations users wait for, ours and Cinder's in turn on the same machine, and what both cost at rest. */
async function withCinder(): Promise<Figure[]> {
  const start = await measureStart();
  await using directory = await temporaryDirectory();
  const tgtd = await startTgtd(directory.path);
  try {
    const backends = { files: tgtBackend(directory.path, tgtd) };
    await using scoria = await startScoria({ directory: directory.path, backends });
    await backendsUp(scoria.client);
    const missing = values['no-peer'] === true ? 'not wanted' : await cinderMissing();
    if (missing !== undefined) {
      console.error(
        `bench: the Cinder peer is not measured (${missing}); for ratios: apt-get install ${cinderPackages.join(' ')}`,
      );
      const [ours] = await measureLifecycle([scoria.client]);
      return [...(ours ? lifecycleFigures(ours, undefined) : []), ...startFigures(start, undefined)];
    }
    await using cinder = await startCinder();
    const memory = await cinder.memory();
    const [ours, theirs] = await measureLifecycle([scoria.client, cinder.client]);
    if (refusals() > 0)
      console.error(`bench: ${refusals()} requests of the bursts were answered with 5xx and repeated`);
    if (ours === undefined || theirs === undefined) return [];
    return [
      ...lifecycleFigures(ours, theirs),
      ...startFigures(start, { startMs: cinder.startMs, ...memory }),
    ];
  } finally {
    await tgtd.stop();
  }
}
