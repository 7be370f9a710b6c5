import { type CopyEndpoint, checkBytes, checkPath } from '../copy/request.ts';
import { DataMoverError } from '../errors.ts';
import { checkIoOptions, type IoOptions } from '../ioOptions.ts';

/**
 * What is certain of wiped bytes.
 *
 * - `reads-as-zero`: whoever reads the range through this path reads zeros; the medium may still hold the old bytes;
 * - `overwritten`: every block of the range was written through this path (holes of a file have none), and the filesystem, where there
 *   is one, writes in place. What a device does with a write (flash, thin pools, arrays) does not show.
 */
export type WipeGuarantee = 'reads-as-zero' | 'overwritten';

/** Bytes to destroy: exactly `length`. */
export interface WipeRequest {
  readonly target: CopyEndpoint;
  /** In bytes. */
  readonly length: number;
  /** `zero`: ends as zeros. `shred`: random passes first. `shred` always overwrites. */
  readonly method: 'zero' | 'shred';
  /** The least that will do. Default `reads-as-zero`. */
  readonly require?: WipeGuarantee;
  /** Bytes from the start of the range that an earlier run made durable. Default 0. */
  readonly resumeFrom?: number;
  readonly io?: IoOptions;
}

/** What a wipe did. */
export interface WipeResult {
  readonly bytes: number;
  readonly guarantee: WipeGuarantee;
  /** How most of the range was wiped; 'none' when there was nothing but holes, or an earlier run had done all. */
  readonly method: 'discard' | 'zero-range' | 'write-zeroes' | 'write' | 'shred' | 'none';
  /** Bytes that were read back and found to be zero. */
  readonly sampledBytes: number;
  readonly durationMs: number;
}

/** @throws DataMoverError INVALID_REQUEST */
export function checkWipeRequest({ target, length, resumeFrom, io }: WipeRequest): void {
  checkPath('destination', target.path);
  const offset = checkBytes('target.offset', target.offset ?? 0);
  checkBytes('length', length);
  checkBytes('target.offset + length', offset + length);
  if (checkBytes('resumeFrom', resumeFrom ?? 0) > length)
    throw new DataMoverError('INVALID_REQUEST', `resumeFrom ${resumeFrom} is beyond the length ${length}`);
  checkIoOptions(io);
}
