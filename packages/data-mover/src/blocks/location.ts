/** Bytes of one location. */
export const LOCATION_BYTES = 48;
/** Bytes of a block's hash (SHA-256, or HMAC-SHA256). */
export const HASH_BYTES = 32;
/** Pack number of a block that is all zero: it is stored nowhere and its hash is 32 zero bytes. */
export const ZERO_BLOCK = 0xffff_ffff;

/** Where one block is stored: hash, number of the pack (or {@link ZERO_BLOCK}), and the frame's place in it. */
export interface Location {
  readonly hash: Uint8Array;
  readonly pack: number;
  /** Of the frame, in bytes from the start of the pack. */
  readonly offset: number;
  /** Of the frame, header included. */
  readonly length: number;
}

/**
 * A run of locations in one piece of memory, 48 bytes each (hash, then pack, offset and length in little endian, then zeros):
 * what threads send each other for thousands of blocks at once.
 */
export class LocationList {
  /** All of them, as threads send them. */
  readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** `count` locations, all zero blocks. */
  static zeros(count: number): LocationList {
    const list = new LocationList(Buffer.alloc(count * LOCATION_BYTES));
    for (let index = 0; index < count; index += 1) list.setZero(index);
    return list;
  }

  /** How many. */
  get count(): number {
    return this.bytes.length / LOCATION_BYTES;
  }

  /** Of the block's bytes. Shares memory with the list. */
  hash(index: number): Buffer {
    return this.bytes.subarray(index * LOCATION_BYTES, index * LOCATION_BYTES + HASH_BYTES);
  }

  /** Number of its pack, or {@link ZERO_BLOCK}. */
  pack(index: number): number {
    return this.bytes.readUInt32LE(index * LOCATION_BYTES + 32);
  }

  /** Of its frame in the pack. */
  offset(index: number): number {
    return this.bytes.readUInt32LE(index * LOCATION_BYTES + 36);
  }

  /** Of its frame. */
  length(index: number): number {
    return this.bytes.readUInt32LE(index * LOCATION_BYTES + 40);
  }

  /** Whether it is all zero and stored nowhere. */
  isZero(index: number): boolean {
    return this.pack(index) === ZERO_BLOCK;
  }

  /** Sets one. */
  set(index: number, { hash, pack, offset, length }: Location): void {
    const at = index * LOCATION_BYTES;
    this.bytes.set(hash, at);
    this.bytes.writeUInt32LE(pack, at + 32);
    this.bytes.writeUInt32LE(offset, at + 36);
    this.bytes.writeUInt32LE(length, at + 40);
  }

  /** Makes one a zero block. */
  setZero(index: number): void {
    const at = index * LOCATION_BYTES;
    this.bytes.fill(0, at, at + LOCATION_BYTES);
    this.bytes.writeUInt32LE(ZERO_BLOCK, at + 32);
  }

  /** Copies one location of another list. */
  copy(index: number, from: LocationList, fromIndex: number): void {
    const at = fromIndex * LOCATION_BYTES;
    this.bytes.set(from.bytes.subarray(at, at + LOCATION_BYTES), index * LOCATION_BYTES);
  }

  /** The locations from `start` on, sharing memory. */
  slice(start: number, end: number): LocationList {
    return new LocationList(this.bytes.subarray(start * LOCATION_BYTES, end * LOCATION_BYTES));
  }
}
