import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { FRAME_HEADER_BYTES, TAG_BYTES, writeFrameHeader } from './frame.ts';
import type { PackCipher } from './packCipher.ts';
import { threadBuffer } from './threadBuffer.ts';
import { writeBytes } from './writeBytes.ts';
import type { Zstd } from './zstd.ts';

const BUFFER = 4 * 1024 * 1024;
/** What does not shrink by a sixteenth is stored as it is: reading it back is then a copy. */
const LEAST_GAIN = 16;

/** Where a frame was put. */
export interface FramePlace {
  readonly offset: number;
  readonly length: number;
}

/** Appends frames to a pack, a few MiB per write. */
export class PackWriter {
  readonly #pack: Endpoint;
  readonly #cipher: PackCipher | null;
  readonly #zstd: Zstd;
  readonly #level: number;
  readonly #control: TaskControl;
  readonly #buffer: Buffer;
  readonly #scratch: Buffer;
  #written: number;
  #filled = 0;

  constructor(
    pack: Endpoint,
    end: number,
    options: {
      readonly cipher: PackCipher | null;
      readonly zstd: Zstd;
      readonly level: number;
      readonly blockSize: number;
      readonly control: TaskControl;
    },
  ) {
    this.#pack = pack;
    this.#written = end;
    this.#cipher = options.cipher;
    this.#zstd = options.zstd;
    this.#level = options.level;
    this.#control = options.control;
    this.#buffer = threadBuffer('pack', BUFFER + options.blockSize + FRAME_HEADER_BYTES + TAG_BYTES);
    this.#scratch = threadBuffer('compressed', options.cipher === null ? 0 : options.blockSize);
  }

  /** Bytes of the pack with everything appended. */
  get end(): number {
    return this.#written + this.#filled;
  }

  append(block: Buffer, hash: Buffer): FramePlace {
    if (this.#filled >= BUFFER) this.flush();
    const offset = this.end;
    const header = this.#buffer.subarray(this.#filled, this.#filled + FRAME_HEADER_BYTES);
    const body = this.#buffer.subarray(this.#filled + FRAME_HEADER_BYTES);
    const compressed = (this.#cipher === null ? body : this.#scratch).subarray(
      0,
      block.length - Math.ceil(block.length / LEAST_GAIN),
    );
    const shrunk = this.#zstd.compress(block, compressed, this.#level);
    const payload = shrunk === undefined ? block : compressed.subarray(0, shrunk);
    writeFrameHeader(header, {
      codec: shrunk === undefined ? 'raw' : 'zstd',
      encrypted: this.#cipher !== null,
      payloadBytes: payload.length,
      plainBytes: block.length,
      hash,
    });
    if (this.#cipher !== null) this.#cipher.seal(payload, header, offset, body);
    else if (shrunk === undefined) body.set(block);
    const length = FRAME_HEADER_BYTES + payload.length + (this.#cipher === null ? 0 : TAG_BYTES);
    this.#filled += length;
    return { offset, length };
  }

  /** Writes what is buffered and has the disk begin with it. */
  flush(): void {
    if (this.#filled === 0) return;
    writeBytes(this.#pack, this.#buffer.subarray(0, this.#filled), this.#written, this.#control);
    this.#written += this.#filled;
    this.#filled = 0;
  }
}
