import type { DiskFormat } from '../model.ts';
import type { ByteSource } from './byteSource.ts';
import { RuleBroken } from './rules.ts';

/** What a detector may go by. */
export interface InspectionRequest {
  /** What the image is declared to be. */
  readonly declared: DiskFormat;
  /** Most bytes that the disk inside may have. */
  readonly mostVirtualBytes: number;
}

/** What an image that breaks no rule is. */
export interface Accepted {
  readonly format: DiskFormat;
  /** Exact; null when only the head of a stream of unknown length was seen. */
  readonly virtualSizeBytes: number | null;
}

/** Knows one format. One implementation per file in `formats/`. */
export interface Detector {
  /** What it detects; `qed` is only there to be refused. */
  readonly format: DiskFormat | 'qed';
  /** Whether the bytes are of this format, whatever is wrong with them. Reads a few bytes only. */
  matches(source: ByteSource, request: InspectionRequest): boolean;
  /**
   * Checks what {@link matches}, never more than the format's tables.
   *
   * @returns bytes of the disk inside; null as {@link Accepted.virtualSizeBytes}
   * @throws RuleBroken
   */
  inspect(source: ByteSource, request: InspectionRequest): number | null;
}

/** The size of the disk inside, as its header states it. @throws RuleBroken any.size-granularity, any.virtual-size */
export function virtualSize(bytes: bigint, { mostVirtualBytes }: InspectionRequest): number {
  if (bytes > BigInt(mostVirtualBytes))
    throw new RuleBroken('any.virtual-size', `${bytes} bytes, more than ${mostVirtualBytes}`);
  if (bytes % 512n !== 0n) throw new RuleBroken('any.size-granularity', `${bytes} bytes`);
  return Number(bytes);
}

/** The end of a file; tables are only looked for in whole files. */
export function fileSize(source: ByteSource): number {
  if (source.sizeBytes === null) throw new TypeError('only whole files have tables to inspect');
  return source.sizeBytes;
}
