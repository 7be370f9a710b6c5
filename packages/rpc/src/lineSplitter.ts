const newline = 0x0a;

/**
 * Cuts a byte stream into lines without ever joining strings: a line that lies within one chunk is handed out as a
 * view of it, one that spans chunks is gathered in a buffer that doubles (so the cost stays linear).
 */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #onLine: (line: Buffer) => void;
  readonly #onOversize: (bytes: number) => void;
  #carry: Buffer = Buffer.alloc(0);
  #carried = 0;
  #stopped = false;

  constructor(options: {
    maxBytes: number;
    /** The view is valid only during the call. The newline is not part of it. */
    onLine: (line: Buffer) => void;
    onOversize: (bytes: number) => void;
  }) {
    this.#maxBytes = options.maxBytes;
    this.#onLine = options.onLine;
    this.#onOversize = options.onOversize;
  }

  /** Bytes of an unfinished line. */
  get partialBytes(): number {
    return this.#carried;
  }

  /** No further line is handed out, not even of the chunk being cut. */
  stop(): void {
    this.#stopped = true;
    this.#carry = Buffer.alloc(0);
    this.#carried = 0;
  }

  /** Cuts the next piece of the stream and hands out each line that it completes. */
  push(chunk: Buffer): void {
    let start = 0;
    while (!this.#stopped) {
      const end = chunk.indexOf(newline, start);
      if (end === -1) {
        if (start < chunk.length) this.#keep(chunk, start, chunk.length);
        return;
      }
      if (this.#carried === 0) {
        this.#emit(chunk.subarray(start, end));
      } else if (this.#keep(chunk, start, end)) {
        const line = this.#carry.subarray(0, this.#carried);
        this.#carried = 0;
        this.#emit(line);
      }
      start = end + 1;
    }
  }

  #emit(line: Buffer): void {
    if (line.length > this.#maxBytes) this.#oversize(line.length);
    else this.#onLine(line);
  }

  #keep(chunk: Buffer, start: number, end: number): boolean {
    const needed = this.#carried + (end - start);
    if (needed > this.#maxBytes) {
      this.#oversize(needed);
      return false;
    }
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafe(
        Math.min(this.#maxBytes, Math.max(needed, this.#carry.length * 2, 4096)),
      );
      this.#carry.copy(grown, 0, 0, this.#carried);
      this.#carry = grown;
    }
    chunk.copy(this.#carry, this.#carried, start, end);
    this.#carried = needed;
    return true;
  }

  #oversize(bytes: number): void {
    this.stop();
    this.#onOversize(bytes);
  }
}
