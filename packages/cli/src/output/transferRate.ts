/** How fast a transfer is, and how long it will take. */
export interface TransferRate {
  /** Over the last seconds; null before there is enough to tell. */
  readonly bytesPerSecond: number | null;
  /** Null when the total or the rate is not known. */
  readonly secondsLeft: number | null;
}

const WINDOW_MS = 5_000;
const LEAST_MS = 200;

/** Tells the rate of a transfer from how far it was at some moments: over a few seconds, so that it neither jumps nor lags. */
export class TransferMeter {
  readonly #looks: { readonly at: number; readonly doneBytes: number }[] = [];

  /** @param at milliseconds of any steady clock */
  look(doneBytes: number, totalBytes: number | null, at = performance.now()): TransferRate {
    const last = this.#looks.at(-1);
    // It was begun anew: what was measured before is another transfer.
    if (last !== undefined && doneBytes < last.doneBytes) this.#looks.length = 0;
    this.#looks.push({ at, doneBytes });
    while (this.#looks.length > 2 && at - (this.#looks[1]?.at ?? at) > WINDOW_MS) this.#looks.shift();
    const [first] = this.#looks;
    if (first === undefined || at - first.at < LEAST_MS) return { bytesPerSecond: null, secondsLeft: null };
    const bytesPerSecond = ((doneBytes - first.doneBytes) * 1000) / (at - first.at);
    const left =
      totalBytes === null || bytesPerSecond === 0 ? null : (totalBytes - doneBytes) / bytesPerSecond;
    return { bytesPerSecond, secondsLeft: left };
  }
}
