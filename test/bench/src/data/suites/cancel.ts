import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, figure, percentile } from '../../figure.ts';
import { fullBackup, openStore } from '../backupTools.ts';
import { writeDense, writeFresh } from '../content.ts';
import { endpoint, startWarmMover } from '../ours.ts';
import type { Workbench } from '../workbench.ts';

const CANCELS = 60;
const LONGEST_BEFORE_MS = 600;

/** From the cancel of work under way until it has ended and its promise is rejected, at random moments. */
export async function cancel(bench: Workbench): Promise<Figure[]> {
  const source = bench.path('dense');
  const destination = bench.path('cancelled');
  await writeDense(source, bench.size);
  await writeFresh(destination, bench.size);
  await using pool = await startWarmMover(bench);
  const from = await endpoint(source);
  const to = await endpoint(destination);
  const { mover } = pool;
  const repository = bench.path('cancelled-repository');
  const store = await openStore(bench, mover, repository, null);
  let backups = 0;
  const works: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    copy: (signal) =>
      mover.copy({ source: from, destination: to, length: bench.size, destinationIsZero: true }, { signal }),
    wipe: (signal) =>
      mover.wipe({ target: to, length: bench.size, method: 'zero', require: 'overwritten' }, { signal }),
    backup: async (signal) => await store.create(await fullBackup(source, `backup-${++backups}`), { signal }),
  };
  const figures: Figure[] = [];
  for (const [name, work] of Object.entries(works)) {
    const times = await cancels(work);
    if (times.length < 50) bench.log(`cancel of a ${name}: only ${times.length} of ${CANCELS} were in time`);
    figures.push(
      figure(`cancel of a ${name}, p99 of ${times.length}`, 'ms', percentile(times, 99), {
        better: 'lower',
        bound: 200,
      }),
    );
    await bench.coolDown();
  }
  await store.close();
  await rm(repository, { recursive: true });
  await rm(destination);
  return figures;
}

/** Work that ended before its cancel is not counted, and is done again up to as many times. */
async function cancels(work: (signal: AbortSignal) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  let longest = LONGEST_BEFORE_MS;
  for (let tries = 0; times.length < CANCELS && tries < 2 * CANCELS; tries += 1) {
    const caller = new AbortController();
    const ended = work(caller.signal).then(
      () => ({ ok: true }) as const,
      (error: unknown) => ({ ok: false, error }) as const,
    );
    await sleep(Math.random() * longest);
    const started = performance.now();
    caller.abort();
    const end = await ended;
    const took = performance.now() - started;
    if (end.ok) {
      // It was over too soon: what is left of a small work is met earlier.
      longest = Math.max(5, longest / 2);
      continue;
    }
    if (!isCancelled(end.error)) throw end.error;
    times.push(took);
  }
  return times;
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CANCELLED';
}
