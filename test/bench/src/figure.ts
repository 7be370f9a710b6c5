/** One measured figure. `ratio` says how many times better than the peer we are (above 1 is better). */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly peer: string | null;
  readonly peerValue: number | null;
  readonly ratio: number | null;
  readonly goal: string;
  readonly ok: boolean;
}

/** What a figure must reach: an absolute bound, a ratio to the peer, or both. */
export interface Goal {
  /** Whether small values are good. */
  readonly better: 'lower' | 'higher';
  readonly bound?: number;
  readonly ratio?: number;
}

/** Judges one value. Where the peer was not measured, only the absolute bound counts. */
export function figure(
  name: string,
  unit: string,
  value: number,
  goal: Goal,
  peer?: { readonly name: string; readonly value: number } | undefined,
): Figure {
  const ratio = peer === undefined ? null : goal.better === 'lower' ? peer.value / value : value / peer.value;
  const sign = goal.better === 'lower' ? '<=' : '>=';
  const bounds = [
    ...(goal.bound === undefined ? [] : [`${sign} ${goal.bound} ${unit}`]),
    ...(goal.ratio === undefined ? [] : [`>= ${+goal.ratio.toFixed(2)}x`]),
  ];
  const inBound =
    goal.bound === undefined || (goal.better === 'lower' ? value <= goal.bound : value >= goal.bound);
  const inRatio = goal.ratio === undefined || ratio === null || ratio >= goal.ratio;
  return {
    name,
    unit,
    value,
    peer: peer?.name ?? null,
    peerValue: peer?.value ?? null,
    ratio,
    goal: bounds.join(' and '),
    ok: inBound && inRatio,
  };
}

/** The median; NaN of nothing. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value below which `percent` of the values lie (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** How long `work` takes, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
