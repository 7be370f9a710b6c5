import { StringDecoder } from 'node:string_decoder';

/** Cuts a log stream into lines; of a line that is too long only the head is kept. Memory is bounded by the cap. */
export class CappedLines {
  readonly #maxChars: number;
  readonly #onLine: (line: string, truncated: boolean) => void;
  readonly #decoder = new StringDecoder('utf8');
  #partial = '';
  #skipping = false;

  constructor(maxChars: number, onLine: (line: string, truncated: boolean) => void) {
    this.#maxChars = maxChars;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    const pieces = this.#decoder.write(chunk).split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#add(piece);
      this.#finish();
    }
    this.#add(rest);
  }

  end(): void {
    this.#add(this.#decoder.end());
    this.#finish();
  }

  #add(text: string): void {
    if (this.#skipping) return;
    this.#partial += text;
    if (this.#partial.length <= this.#maxChars) return;
    this.#onLine(this.#partial.slice(0, this.#maxChars), true);
    this.#partial = '';
    this.#skipping = true;
  }

  #finish(): void {
    if (!this.#skipping && this.#partial.trim() !== '') this.#onLine(this.#partial, false);
    this.#partial = '';
    this.#skipping = false;
  }
}
