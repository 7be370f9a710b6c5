import type { CopyEndpoint } from '../copy/request.ts';
import type { IoOptions } from '../ioOptions.ts';

/** Two ranges to compare, byte for byte. */
export interface CompareRequest {
  readonly source: CopyEndpoint;
  readonly destination: CopyEndpoint;
  /** In bytes. */
  readonly length: number;
  readonly io?: IoOptions;
}

/** What a comparison found. */
export interface CompareResult {
  readonly equal: boolean;
  /** Position of the first byte that differs, from the start of the range; null when equal. */
  readonly firstDifference: number | null;
}
