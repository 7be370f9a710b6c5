import { readFile, writeFile } from 'node:fs/promises';

/** SAM-5 §4.7.7.3: the largest number of flat space addressing. */
const LAST = 16_383;

/**
 * Gives out LUN numbers in turn, so that one that was just released is not somebody else's at once: an initiator may still have its device. Number 0 stays free:
 * initiators ask it for the list of LUNs.
 */
export class LunNumbers {
  readonly #path: string;
  #last: Promise<number> | undefined;

  /** @param path of the file that remembers the last number over restarts */
  constructor(path: string) {
    this.#path = path;
  }

  /** Numbers to try, the next in turn first; each that is taken from it counts as given out. */
  async *candidates(): AsyncGenerator<number> {
    for (let tries = 0; tries < LAST; tries += 1) {
      this.#last = this.#remembered().then((last) => (last % LAST) + 1);
      const number = await this.#last;
      // Without the file the numbers begin anew after a restart, which is all.
      await writeFile(this.#path, `${number}\n`, { mode: 0o600 }).catch(() => undefined);
      yield number;
    }
  }

  #remembered(): Promise<number> {
    this.#last ??= readFile(this.#path, 'utf8').then(
      (text) => (/^\d{1,5}\n?$/.test(text) ? Number(text) % (LAST + 1) : 0),
      () => 0,
    );
    return this.#last;
  }
}
