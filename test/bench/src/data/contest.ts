import { type Figure, figure, type Goal, median } from '../figure.ts';
import { orderOf } from './orderOf.ts';
import type { Workbench } from './workbench.ts';

/** One way to do the work. */
export interface Contender {
  readonly name: string;
  /** Brings everything into the state that each contender finds in each round. Not timed. */
  prepare(round: number): Promise<void>;
  /** Brings its program, not its data, back into memory: ours is running already. Not timed. */
  warm?(): Promise<unknown>;
  /** The work. @returns its time in ms when it must not be taken from outside */
  run(): Promise<number | undefined>;
  /** Proves that the work was done right, after the first round. Not timed. @throws Error when it was not */
  check(): Promise<void>;
}

/** A way to do the work that cannot be measured here. */
export interface Absent {
  readonly name: string;
  readonly missing: string;
}

/** Times of one contender in ms, one per round. */
export type Times = ReadonlyMap<string, readonly number[]>;

/**
 * Lets everybody do the same work from the same state, round by round in turn, with a cold cache, each round in another order, so that
 * what a busy or tired machine does falls on all alike.
 *
 * @param beforeRound brings about what is the same for all in this round, and another in the next
 * @param ours its failure is a failure of the bench; a peer that fails is not measured
 * @throws Error when `ours` fails or is wrong
 */
export async function contest(
  bench: Workbench,
  title: string,
  ours: readonly string[],
  entrants: readonly (Contender | Absent)[],
  beforeRound: (round: number) => Promise<void> = async () => undefined,
): Promise<Times> {
  const times = new Map<string, number[]>();
  let running: Contender[] = [];
  for (const entrant of entrants) {
    if ('missing' in entrant) bench.log(`${title}: ${entrant.name} is not measured: ${entrant.missing}`);
    else running.push(entrant);
  }
  for (let round = 0; round < bench.rounds; round += 1) {
    await beforeRound(round);
    for (const contender of orderOf(running, round)) {
      bench.interrupted.throwIfAborted();
      try {
        await contender.prepare(round);
        await bench.coolDown();
        await contender.warm?.();
        const started = performance.now();
        const own = await contender.run();
        const took = own ?? performance.now() - started;
        if (round === 0) await contender.check();
        times.set(contender.name, [...(times.get(contender.name) ?? []), took]);
      } catch (error) {
        bench.interrupted.throwIfAborted();
        if (ours.includes(contender.name)) throw error;
        bench.log(`${title}: ${contender.name} is not measured: it failed: ${reasonOf(error)}`);
        times.delete(contender.name);
        running = running.filter((each) => each !== contender);
      }
    }
  }
  for (const [name, values] of times) bench.log(`${title}: ${name}: ${spread(values)}`);
  return times;
}

/** One figure per peer. `goals` says what is to be reached against which; against the others it is only shown. */
export function against(
  title: string,
  times: Times,
  ours: string,
  goals: Readonly<Record<string, Goal>>,
  peers: readonly string[] = [...times.keys()].filter((name) => name !== ours),
): Figure[] {
  const value = median(times.get(ours) ?? []);
  const measured = peers.flatMap((name) => {
    const values = times.get(name);
    return values === undefined ? [] : [{ name, value: median(values) }];
  });
  if (measured.length === 0) return [figure(title, 'ms', value, { better: 'lower' })];
  return measured.map((peer) => figure(title, 'ms', value, goals[peer.name] ?? { better: 'lower' }, peer));
}

function spread(values: readonly number[]): string {
  const seconds = (value: number): string => (value / 1000).toFixed(3);
  return `${seconds(median(values))} s [${seconds(Math.min(...values))}-${seconds(Math.max(...values))}]`;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .split('\n')
    .slice(-3)
    .join(' ')
    .slice(0, 500);
}
