import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { type Extent, extents } from './extents.ts';
import { attemptIo } from './ioError.ts';
import { isUnsupported } from './libc/library.ts';
import { readahead } from './libc/readahead.ts';
import { readSome } from './readSome.ts';
import { requireUncut } from './requireUncut.ts';
import type { IoSession } from './throttle/ioSession.ts';

const BLOCK = 1024 * 1024;
/** How far the kernel reads ahead of what is looked at. */
const AHEAD = 4 * BLOCK;

/** Reads a range of a file or block device in order. Positions are counted from its start. */
export class RangeReader {
  readonly blockSize: number;
  readonly #endpoint: Endpoint;
  readonly #offset: number;
  readonly #control: TaskControl;
  readonly #buffer: Buffer;
  readonly #zeros: Buffer;
  #asked = 0;

  constructor(endpoint: Endpoint, offset: number, session: IoSession, control: TaskControl) {
    this.blockSize = session.blockSize ?? BLOCK;
    this.#endpoint = endpoint;
    this.#offset = offset;
    this.#control = control;
    this.#buffer = Buffer.allocUnsafeSlow(this.blockSize);
    this.#zeros = Buffer.alloc(this.blockSize);
  }

  /** Its extents; what does not know its holes is all data. @throws DataMoverError IO_ERROR, SOURCE_CHANGED */
  *extents(length: number): Generator<Extent> {
    const walk = extents(this.#endpoint.fd, this.#offset, this.#offset + length);
    for (;;) {
      const next = attemptIo(this.#endpoint, this.#offset, this.#control, () => walk.next());
      if (next.done === true) return requireUncut(this.#endpoint, this.#offset + length, this.#control);
      const { kind, start, end } = next.value;
      yield { kind, start: start - this.#offset, end: end - this.#offset };
    }
  }

  /** Has the kernel begin to read `start` to `end`, and some of what comes up to `last`. */
  expect(start: number, end: number, last: number): void {
    const wanted = Math.min(end + AHEAD, last);
    if (end <= this.#asked && wanted - this.#asked < AHEAD / 2) return;
    const from = Math.max(start, this.#asked);
    this.#asked = wanted;
    try {
      readahead(this.#endpoint.fd, this.#offset + from, this.#asked - from);
    } catch (error) {
      // A hint only. A disk's error shows when the bytes are read.
      if (!isUnsupported(error)) throw error;
    }
  }

  /** Bytes of the range; the next call overwrites them. @throws DataMoverError IO_ERROR, SOURCE_CHANGED */
  read(position: number, length: number): Buffer {
    for (let have = 0; have < length; ) {
      const rest = this.#buffer.subarray(have, length);
      have += readSome(this.#endpoint, rest, this.#offset + position + have, this.#control);
    }
    return this.#buffer.subarray(0, length);
  }

  /** As many zeros. */
  zeros(length: number): Buffer {
    return this.#zeros.subarray(0, length);
  }
}
