import type { TransferProgress } from '../model.ts';

/** Tells of progress in bytes of the volume, never backwards. */
export class Report {
  readonly #watch: ((progress: TransferProgress) => void) | undefined;
  #doneBytes = 0;
  #totalBytes: number | null = null;

  constructor(watch: ((progress: TransferProgress) => void) | undefined) {
    this.#watch = watch;
  }

  /** Sets what there is to do. */
  total(bytes: number | null): void {
    this.#totalBytes = bytes;
  }

  /** Sets what is done. */
  done(bytes: number): void {
    this.#doneBytes = Math.max(this.#doneBytes, Math.min(bytes, this.#totalBytes ?? bytes));
    this.#watch?.({ doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
  }

  /** Sets the end. */
  finish(bytes: number): void {
    this.#totalBytes = bytes;
    this.done(bytes);
  }
}
