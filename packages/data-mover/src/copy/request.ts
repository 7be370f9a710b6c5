import { isAbsolute } from 'node:path';
import { DataMoverError } from '../errors.ts';
import type { Identity } from '../identity/identity.ts';
import { checkIoOptions, type IoOptions } from '../ioOptions.ts';

/** One side of a copy. */
export interface CopyEndpoint {
  /** Absolute path of an existing regular file or block device. */
  readonly path: string;
  /** What it must prove to be before anything is read or written. */
  readonly identity: Identity;
  /** First byte of the range. Default 0. */
  readonly offset?: number;
}

/** Bytes to copy: exactly `length`, no more and no less (contract.md D30, D31). */
export interface CopyRequest {
  readonly source: CopyEndpoint;
  readonly destination: CopyEndpoint;
  /** In bytes. */
  readonly length: number;
  /** Whether the range of the destination is proven to read as zero. Only then are holes of the source skipped. Default false. */
  readonly destinationIsZero?: boolean;
  /**
   * Bytes from the start of the range that an earlier run made durable (`Progress.durableBytes`); not copied again. The source must
   * be what it was; then `destinationIsZero` may be what it was too. Default 0.
   */
  readonly resumeFrom?: number;
  /**
   * Whether to compute the SHA-256 of what was written, holes included. Default false. The copy is then done by one thread, which
   * hashes each chunk between reading and writing it; what it does not see (reflinks, an earlier run) is read from the destination.
   */
  readonly digest?: boolean;
  /** Whether to read the destination back, past the page cache, and compare it with the source. Default false. */
  readonly verify?: boolean;
  readonly io?: IoOptions;
}

/** How most of the data moved; 'none' when there was none. */
export type CopyMethod = 'reflink' | 'copy_file_range' | 'read-write' | 'none';

/** What a copy did. `copiedBytes + skippedBytes + zeroedBytes = bytes - resumeFrom`. */
export interface CopyResult {
  /** The length asked for, all of it durable. */
  readonly bytes: number;
  /** Written, or shared by reflink (holes included then). */
  readonly copiedBytes: number;
  /** Holes and zeros of the source that the destination had already. */
  readonly skippedBytes: number;
  /** Holes of the source that were made zero in the destination. */
  readonly zeroedBytes: number;
  readonly method: CopyMethod;
  /** SHA-256 of the whole range, lower-case hexadecimal; null when it was not asked for. */
  readonly sha256: string | null;
  readonly verified: boolean;
  readonly durationMs: number;
}

/** @throws DataMoverError INVALID_REQUEST */
export function checkCopyRequest(request: CopyRequest): void {
  checkPath('source', request.source.path);
  checkPath('destination', request.destination.path);
  const sourceOffset = checkBytes('source.offset', request.source.offset ?? 0);
  const destinationOffset = checkBytes('destination.offset', request.destination.offset ?? 0);
  const length = checkBytes('length', request.length);
  checkBytes('source.offset + length', sourceOffset + length);
  checkBytes('destination.offset + length', destinationOffset + length);
  const resumeFrom = checkBytes('resumeFrom', request.resumeFrom ?? 0);
  if (resumeFrom > length)
    throw new DataMoverError('INVALID_REQUEST', `resumeFrom ${resumeFrom} is more than length ${length}`);
  checkIoOptions(request.io);
}

/** @throws DataMoverError INVALID_REQUEST */
export function checkPath(name: string, path: string): void {
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new DataMoverError(
      'INVALID_REQUEST',
      `${name} path ${JSON.stringify(path)} is not an absolute path`,
    );
  }
}

/** @throws DataMoverError INVALID_REQUEST */
export function checkBytes(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new DataMoverError(
      'INVALID_REQUEST',
      `${name} is ${value}, not a whole number of bytes from 0 to 2^53-1`,
    );
  }
  return value;
}
