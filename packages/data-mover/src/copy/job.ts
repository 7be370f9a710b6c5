import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import type { CopyMethod } from './request.ts';

/** A copy under way. Positions are counted from the start of the range, the same on both sides. */
export interface CopyJob {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sourceOffset: number;
  readonly destinationOffset: number;
  readonly control: TaskControl;
  /** Bytes moved by each method. */
  readonly moved: Record<Exclude<CopyMethod, 'none'>, number>;
  /** Cleared once the kernel says that it cannot for this pair. */
  kernelCopyWorks: boolean;
}

/** Notes progress by a method. */
export function moved(job: CopyJob, method: keyof CopyJob['moved'], bytes: number): void {
  job.moved[method] += bytes;
  job.control.advance(bytes);
}
