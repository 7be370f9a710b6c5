import { HASH_BYTES } from './location.ts';

/** Bytes before the payload of every frame. */
export const FRAME_HEADER_BYTES = 48;
/** Bytes after the payload of an encrypted frame: the tag of AES-GCM. */
export const TAG_BYTES = 16;

const MAGIC = 0x6b6c_4253; // 'SBlk'
const VERSION = 1;
const ENCRYPTED = 1;

/** How a payload was compressed. */
export type Codec = 'raw' | 'zstd';

/** What the head of a frame says. docs/backup-format.md, "Frame". */
export interface FrameHeader {
  readonly codec: Codec;
  readonly encrypted: boolean;
  /** Without the tag. */
  readonly payloadBytes: number;
  /** Bytes of the block as the volume has them. */
  readonly plainBytes: number;
  readonly hash: Uint8Array;
}

/** Bytes of a whole frame. */
export function frameBytes(header: Pick<FrameHeader, 'encrypted' | 'payloadBytes'>): number {
  return FRAME_HEADER_BYTES + header.payloadBytes + (header.encrypted ? TAG_BYTES : 0);
}

/** Writes a header at the start of `target`. */
export function writeFrameHeader(target: Buffer, header: FrameHeader): void {
  target.writeUInt32LE(MAGIC, 0);
  target.writeUInt8(VERSION, 4);
  target.writeUInt8(header.codec === 'zstd' ? 1 : 0, 5);
  target.writeUInt8(header.encrypted ? ENCRYPTED : 0, 6);
  target.writeUInt8(0, 7);
  target.writeUInt32LE(header.payloadBytes, 8);
  target.writeUInt32LE(header.plainBytes, 12);
  target.set(header.hash, 16);
}

/** @returns undefined when it is no header of this version */
export function readFrameHeader(source: Buffer): FrameHeader | undefined {
  if (source.length < FRAME_HEADER_BYTES || source.readUInt32LE(0) !== MAGIC) return undefined;
  const [version, codec, flags, reserved] = source.subarray(4, 8);
  if (version !== VERSION || codec === undefined || codec > 1 || flags === undefined || flags > ENCRYPTED)
    return undefined;
  if (reserved !== 0) return undefined;
  return {
    codec: codec === 1 ? 'zstd' : 'raw',
    encrypted: flags === ENCRYPTED,
    payloadBytes: source.readUInt32LE(8),
    plainBytes: source.readUInt32LE(12),
    hash: source.subarray(16, 16 + HASH_BYTES),
  };
}
