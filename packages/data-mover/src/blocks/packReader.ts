import { readSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { attemptIo } from '../ioError.ts';
import { blockHash } from './blockHash.ts';
import { FRAME_HEADER_BYTES, frameBytes, readFrameHeader } from './frame.ts';
import type { Location } from './location.ts';
import type { PackCipher } from './packCipher.ts';
import { threadBuffer } from './threadBuffer.ts';
import type { Zstd } from './zstd.ts';

const WINDOW = 4 * 1024 * 1024;

/** Reads frames of a pack, a few MiB per read, and proves that each is what it should be. */
export class PackReader {
  readonly #pack: Endpoint;
  readonly #cipher: PackCipher | null;
  readonly #zstd: Zstd;
  readonly #hashKey: Uint8Array | null;
  readonly #blockSize: number;
  readonly #control: TaskControl;
  readonly #window: Buffer;
  readonly #block: Buffer;
  #start = 0;
  #end = 0;

  constructor(
    pack: Endpoint,
    options: {
      readonly cipher: PackCipher | null;
      readonly zstd: Zstd;
      readonly hashKey: Uint8Array | null;
      readonly blockSize: number;
      readonly control: TaskControl;
    },
  ) {
    this.#pack = pack;
    this.#cipher = options.cipher;
    this.#zstd = options.zstd;
    this.#hashKey = options.hashKey;
    this.#blockSize = options.blockSize;
    this.#control = options.control;
    this.#window = threadBuffer('frames', Math.max(WINDOW, 2 * options.blockSize));
    this.#block = threadBuffer('block', options.blockSize);
  }

  /**
   * The block at a place, or what is wrong there.
   *
   * @param ahead how far it is worth reading on, in bytes from the start of the pack
   * @returns a block that is good until the next call
   */
  read(location: Location, ahead: number): Buffer | string {
    const frame = this.#bytes(location.offset, location.length, ahead);
    if (frame === undefined) return 'the pack ends before it';
    const header = readFrameHeader(frame);
    if (header === undefined) return 'it does not begin as a block does';
    if (header.encrypted !== (this.#cipher !== null))
      return header.encrypted ? 'it is encrypted' : 'it is not encrypted';
    if (frameBytes(header) !== location.length || header.plainBytes > this.#blockSize)
      return 'its length is not the one that was stored';
    if (!header.hash.every((byte, index) => byte === location.hash[index])) return 'it is another block';
    const sealed = frame.subarray(FRAME_HEADER_BYTES);
    const payload =
      this.#cipher === null
        ? sealed
        : this.#cipher.open(sealed, frame.subarray(0, FRAME_HEADER_BYTES), location.offset);
    if (payload === undefined) return 'it does not decrypt';
    const block = this.#block.subarray(0, header.plainBytes);
    if (header.codec === 'raw') {
      if (payload.length !== block.length) return 'its length is not the one that was stored';
      payload.copy(block);
    } else if (!this.#zstd.expand(payload, block)) return 'it does not decompress';
    return blockHash(block, this.#hashKey).equals(location.hash) ? block : 'its hash differs';
  }

  #bytes(offset: number, length: number, ahead: number): Buffer | undefined {
    if (length < FRAME_HEADER_BYTES || length > this.#window.length || offset + length > this.#pack.size)
      return undefined;
    if (offset < this.#start || offset + length > this.#end) {
      this.#start = offset;
      this.#end = offset;
      const until = Math.min(Math.max(offset + length, ahead), offset + this.#window.length, this.#pack.size);
      while (this.#end < until) {
        const at = this.#end;
        const bytes = attemptIo(this.#pack, at, this.#control, () =>
          readSync(this.#pack.fd, this.#window, at - offset, until - at, at),
        );
        if (bytes === 0) return undefined;
        this.#end += bytes;
      }
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + length);
  }
}
