import type { BackupRunOptions } from '../backupStore.ts';

/** Adds up the progress of tasks that run at once. */
export class ProgressSum {
  readonly #total: number;
  readonly #report: BackupRunOptions['onProgress'];
  #done = 0;
  readonly #live = new Map<object, number>();

  constructor(totalBytes: number, report: BackupRunOptions['onProgress']) {
    this.#total = totalBytes;
    this.#report = report;
  }

  /** Notes bytes that are dealt with. */
  add(bytes: number): void {
    this.#done += bytes;
    this.#tell();
  }

  /** One task of so many bytes: tell it how far it is, and that it has ended. */
  task(bytes: number): {
    readonly report: (progress: { readonly doneBytes: number }) => void;
    readonly end: () => void;
  } {
    const key = {};
    return {
      report: ({ doneBytes }) => {
        this.#live.set(key, Math.min(doneBytes, bytes));
        this.#tell();
      },
      end: () => {
        this.#live.delete(key);
        this.add(bytes);
      },
    };
  }

  #tell(): void {
    if (this.#report === undefined) return;
    const live = [...this.#live.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.#report({ doneBytes: Math.min(this.#done + live, this.#total), totalBytes: this.#total });
  }
}
