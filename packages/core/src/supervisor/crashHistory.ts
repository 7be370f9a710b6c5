import type { SupervisorSettings } from './settings.ts';

type CrashSettings = Pick<
  SupervisorSettings,
  'backOffMinMs' | 'backOffMaxMs' | 'crashLimit' | 'crashWindowMs'
>;

/** Decides when to try again, and when to stop trying. Times in ms; the caller says what time it is. */
export class CrashHistory {
  readonly #settings: CrashSettings;
  #crashes: number[] = [];
  #failuresInRow = 0;

  constructor(settings: CrashSettings) {
    this.#settings = settings;
  }

  /** Crashes within the window. */
  count(now: number): number {
    this.#crashes = this.#crashes.filter((at) => now - at < this.#settings.crashWindowMs);
    return this.#crashes.length;
  }

  /** Records a crash; true when it was one too many. */
  crashed(now: number): boolean {
    this.#crashes.push(now);
    return this.count(now) >= this.#settings.crashLimit;
  }

  /** The wait before the next try: doubles with each failure in a row. */
  nextWaitMs(): number {
    const { backOffMinMs, backOffMaxMs } = this.#settings;
    const wait = Math.min(backOffMaxMs, backOffMinMs * 2 ** this.#failuresInRow);
    this.#failuresInRow += 1;
    return wait;
  }

  /** The driver has served for so long that its next failure counts as the first. */
  servedFor(ms: number): void {
    if (ms >= this.#settings.crashWindowMs) this.#failuresInRow = 0;
  }

  reset(): void {
    this.#crashes = [];
    this.#failuresInRow = 0;
  }
}
