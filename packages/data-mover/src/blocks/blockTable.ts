import { HASH_BYTES, type Location } from './location.ts';

const WORDS = 12;
const STATE = 11;
const EMPTY = 0;
const WRITING = 1;
const READY = 2;
/** Slots that are looked at for one hash. */
const PROBES = 16;

/**
 * Blocks that are stored already, by hash, in memory that all threads share. Its size is fixed: what finds no free slot is not
 * remembered, and such a block may be stored twice, which costs space only. Two threads that meet the same new block at once store it twice.
 */
export class BlockTable {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #mask: number;

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Uint32Array(buffer);
    this.#mask = buffer.byteLength / (WORDS * 4) - 1;
  }

  /** A table for about `blocks` blocks, at most `most`, in 48 to 96 bytes each. */
  static forBlocks(blocks: number, most: number): BlockTable {
    const wanted = Math.min(most, Math.max(64, Math.ceil(blocks * 1.5)));
    const slots = 2 ** Math.floor(Math.log2(wanted) + 0.999);
    return new BlockTable(new SharedArrayBuffer(Math.min(slots, most) * WORDS * 4));
  }

  /** Where a block is stored; undefined when it is not known. */
  find(hash: Buffer): Omit<Location, 'hash'> | undefined {
    const words = this.#words;
    const first = hash.readUInt32LE(0);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const slot = ((first + probe) & this.#mask) * WORDS;
      const state = Atomics.load(words, slot + STATE);
      if (state === EMPTY) return undefined;
      if (state === READY && this.#holds(slot, hash)) {
        return {
          pack: words[slot + 8] ?? 0,
          offset: words[slot + 9] ?? 0,
          length: words[slot + 10] ?? 0,
        };
      }
    }
    return undefined;
  }

  /** Remembers a block, if there is room. */
  add({ hash, pack, offset, length }: Omit<Location, 'hash'> & { readonly hash: Buffer }): void {
    const words = this.#words;
    const first = hash.readUInt32LE(0);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const slot = ((first + probe) & this.#mask) * WORDS;
      if (Atomics.compareExchange(words, slot + STATE, EMPTY, WRITING) === EMPTY) {
        for (let word = 0; word < HASH_BYTES / 4; word += 1) words[slot + word] = hash.readUInt32LE(word * 4);
        words[slot + 8] = pack;
        words[slot + 9] = offset;
        words[slot + 10] = length;
        Atomics.store(words, slot + STATE, READY);
        return;
      }
      if (Atomics.load(words, slot + STATE) === READY && this.#holds(slot, hash)) return;
    }
  }

  #holds(slot: number, hash: Buffer): boolean {
    for (let word = 0; word < HASH_BYTES / 4; word += 1) {
      if (this.#words[slot + word] !== hash.readUInt32LE(word * 4)) return false;
    }
    return true;
  }
}
