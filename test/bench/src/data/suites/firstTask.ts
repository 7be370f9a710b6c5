import { type Figure, figure, median } from '../../figure.ts';
import { startWarmMover } from '../ours.ts';
import type { Workbench } from '../workbench.ts';

/** What the first task of a pool costs that has let its threads go. */
export async function firstTask(bench: Workbench): Promise<Figure[]> {
  const values: number[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    const started = performance.now();
    await using _pool = await startWarmMover(bench);
    values.push(performance.now() - started);
  }
  return [
    figure('first tasks of an idle pool, both threads started', 'ms', median(values), {
      better: 'lower',
      bound: 500,
    }),
  ];
}
