import type { CopyEndpoint } from '../copy/request.ts';
import type { IoOptions } from '../ioOptions.ts';

/**
 * What is certain of wiped bytes.
 *
 * - `reads-as-zero`: whoever reads the range through this path reads zeros; the medium may still hold the old bytes;
 * - `overwritten`: every block of the range was written through this path.
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
  /** How most of the range was wiped. */
  readonly method: 'discard' | 'zero-range' | 'write-zeroes' | 'write' | 'shred';
  /** Bytes that were read back and found to be zero. */
  readonly sampledBytes: number;
  readonly durationMs: number;
}
