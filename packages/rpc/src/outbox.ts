import type { Writable } from 'node:stream';
import { OutboxFullError } from './errors.ts';

/** A line that waits for the stream to drain; `withdraw` works until it is written. */
export interface QueuedLine {
  readonly written: boolean;
  /** True when the line was taken back before it was written. */
  withdraw(): boolean;
}

class Entry implements QueuedLine {
  line: string;
  written = false;
  withdrawn = false;

  constructor(line: string) {
    this.line = line;
  }

  withdraw(): boolean {
    if (this.written) return false;
    this.withdrawn = true;
    return true;
  }
}

const alreadyWritten: QueuedLine = { written: true, withdraw: () => false };

/** Writes lines in order and stops when the stream says so; memory is bounded by `maxQueuedBytes`. */
export class Outbox {
  readonly #stream: Writable;
  readonly #maxQueuedBytes: number;
  readonly #latest = new Map<string, Entry>();
  #queue: Entry[] = [];
  #queuedBytes = 0;
  #blocked = false;

  constructor(stream: Writable, maxQueuedBytes: number) {
    this.#stream = stream;
    this.#maxQueuedBytes = maxQueuedBytes;
    stream.on('drain', () => this.#flush());
  }

  /** True while the stream refuses more bytes. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** @throws OutboxFullError when too much is queued already. */
  send(line: string): QueuedLine {
    if (!this.#blocked) {
      this.#write(line);
      return alreadyWritten;
    }
    return this.#enqueue(line);
  }

  /** Like `send`, but a queued line of the same key is replaced: for messages where only the newest matters. */
  sendLatest(key: string, line: string): void {
    const waiting = this.#latest.get(key);
    if (waiting !== undefined && !waiting.written) {
      this.#queuedBytes += line.length - waiting.line.length;
      waiting.line = line;
      return;
    }
    if (!this.#blocked) this.#write(line);
    else if (this.#queuedBytes + line.length <= this.#maxQueuedBytes)
      this.#latest.set(key, this.#enqueue(line));
  }

  #enqueue(line: string): Entry {
    const bytes = this.#queuedBytes + line.length;
    if (bytes > this.#maxQueuedBytes) throw new OutboxFullError(this.#queuedBytes, this.#maxQueuedBytes);
    this.#queuedBytes = bytes;
    const entry = new Entry(line);
    this.#queue.push(entry);
    return entry;
  }

  #write(line: string): void {
    this.#blocked = !this.#stream.write(line, 'utf8');
  }

  #flush(): void {
    this.#blocked = false;
    let next = 0;
    while (next < this.#queue.length && !this.#blocked) {
      const entry = this.#queue[next];
      next += 1;
      if (entry === undefined) break;
      this.#queuedBytes -= entry.line.length;
      if (entry.withdrawn) continue;
      entry.written = true;
      this.#write(entry.line);
    }
    this.#queue = this.#queue.slice(next);
    if (this.#queue.length === 0) this.#latest.clear();
  }
}
