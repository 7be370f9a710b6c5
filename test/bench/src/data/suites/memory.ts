import { resolve } from 'node:path';
import { z } from 'zod';
import { type Figure, figure } from '../../figure.ts';
import { run } from '../command.ts';
import { writeDense } from '../content.ts';
import { gib, type Workbench } from '../workbench.ts';

const child = resolve(import.meta.dirname, '../work/memory.ts');
const answer = z.object({ beforeBytes: z.number(), peakBytes: z.number() });

/** How much a process grows that moves bytes: its peak while it works, over what it had before the pool began. */
export async function memory(bench: Workbench): Promise<Figure[]> {
  const source = bench.path('dense');
  await writeDense(source, bench.size);
  const figures: Figure[] = [];
  for (const work of ['copy', 'backup', 'restore'] as const) {
    const printed = await run(process.execPath, [child, work, source, bench.directory]);
    const { beforeBytes, peakBytes } = answer.parse(JSON.parse(printed));
    const growth = (peakBytes - beforeBytes) / 2 ** 20;
    figures.push(
      figure(`memory: growth during a ${work} of ${gib(bench.size)}`, 'MiB', growth, {
        better: 'lower',
        bound: 256,
      }),
    );
  }
  return figures;
}
