import type { CopyEndpoint } from '../copy/request.ts';
import type { IoOptions } from '../ioOptions.ts';

/** A file that holds blocks, on this host. */
export interface PackFile {
  /** Absolute path of an existing file. */
  readonly path: string;
  /** 32 bytes for the frames of this pack only; null: they are not encrypted. */
  readonly key: Uint8Array | null;
}

/** A run of bytes of a volume. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A range of a volume whose blocks are to be stored. */
export interface StoreBlocksRequest {
  /** `offset`: a multiple of the block size. */
  readonly source: CopyEndpoint;
  /** In bytes; a multiple of the block size, except at the end of the volume. */
  readonly length: number;
  readonly blockSize: number;
  /** Key of the blocks' hashes (HMAC-SHA256); null: SHA-256. */
  readonly hashKey: Uint8Array | null;
  /** Where these blocks were at the time of an earlier backup (see LocationList); null: nothing is known. */
  readonly known: Uint8Array | null;
  /** Only blocks that these bytes of the volume touch are read, the others taken from `known`; null: all are read. */
  readonly changed: readonly ByteRange[] | null;
  /** Memory of a BlockTable: blocks that are stored somewhere. */
  readonly table: SharedArrayBuffer;
  /** The pack that new blocks are appended to, at `end`; nobody else writes to it meanwhile. */
  readonly pack: PackFile & { readonly number: number; readonly end: number };
  /** Of zstd. Default 1. */
  readonly compressionLevel?: number;
  readonly io?: IoOptions;
}

/** What was stored. Not durable yet. */
export interface StoreBlocksResult {
  /** Where each block of the range is now. */
  readonly locations: Uint8Array;
  /** Bytes of the pack now. */
  readonly packEnd: number;
  /** Frames that were appended. */
  readonly frames: number;
  /** Bytes of the volume in them. */
  readonly storedBytes: number;
}

/** Blocks of one pack that are to be written to a volume. */
export interface RestoreBlocksRequest {
  readonly pack: PackFile;
  readonly destination: CopyEndpoint;
  readonly blockSize: number;
  /** Bytes of the volume: the last block may be shorter. */
  readonly sizeBytes: number;
  readonly hashKey: Uint8Array | null;
  /** Which block of the volume each location is for; in order of the locations' offsets. */
  readonly indexes: Uint32Array;
  readonly locations: Uint8Array;
  readonly io?: IoOptions;
}

/** A frame of a pack that is not what it should be. */
export interface FrameProblem {
  /** Of the frame, in bytes from the start of the pack. */
  readonly offset: number;
  readonly message: string;
}

/** What was restored. Not durable yet. */
export interface RestoreBlocksResult {
  readonly writtenBytes: number;
  /** Set when it stopped: the block that is not what was stored, and was not written. */
  readonly problem: FrameProblem | null;
}

/** Ranges of a volume that are to read as zero. */
export interface ClearExtentsRequest {
  readonly destination: CopyEndpoint;
  readonly extents: readonly ByteRange[];
  /** Whether to make everything written to the volume so far durable, at the end. */
  readonly flush: boolean;
  readonly io?: IoOptions;
}

/** Frames of one pack that are to be read and compared with their hashes. */
export interface CheckFramesRequest {
  readonly pack: PackFile;
  readonly blockSize: number;
  readonly hashKey: Uint8Array | null;
  /** In order of offsets. */
  readonly locations: Uint8Array;
  readonly io?: IoOptions;
}

/** What was found. */
export interface CheckFramesResult {
  readonly checkedBytes: number;
  readonly problems: readonly FrameProblem[];
}

/** A range of a volume that is to be compared with hashes. */
export interface CheckBlocksRequest {
  /** `offset`: a multiple of the block size. */
  readonly source: CopyEndpoint;
  readonly length: number;
  readonly blockSize: number;
  readonly hashKey: Uint8Array | null;
  /** One location per block; only the hashes count. */
  readonly locations: Uint8Array;
  readonly io?: IoOptions;
}

/** What was found. */
export interface CheckBlocksResult {
  /** First byte of the first block that is another; null: all are equal. */
  readonly firstDifference: number | null;
}
