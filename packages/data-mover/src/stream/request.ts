import type { CopyEndpoint } from '../copy/request.ts';
import type { IoOptions } from '../ioOptions.ts';

/** Hash algorithms of a stream, as node:crypto names them. */
export type StreamHash = 'md5' | 'sha1' | 'sha256' | 'sha512';

/** A pipe whose bytes are written to a file or device, as long as the pipe gives any. */
export interface ReceiveRequest {
  /** Read end of a pipe of this process; the caller closes it. */
  readonly fd: number;
  readonly destination: CopyEndpoint;
  /** Bytes that were already taken from the pipe, to look at them: they are written and hashed before what is still in it. Default none. */
  readonly head?: Uint8Array;
  /** Exactly this many bytes must come, `head` included; null: as many as come, at most `most`. */
  readonly length: number | null;
  /** More than this is an error, before the excess is written. */
  readonly most: number;
  /** Whether the destination is proven to read as zero, so that zeros need not be written. Default false. */
  readonly destinationIsZero?: boolean;
  /** Digests of the stream to compute. */
  readonly hashes: readonly StreamHash[];
  readonly io?: IoOptions;
}

/** A range that is written into a pipe. */
export interface SendRequest {
  readonly source: CopyEndpoint;
  readonly length: number;
  /** Write end of a pipe of this process; the caller closes it. */
  readonly fd: number;
  readonly hashes: readonly StreamHash[];
  readonly io?: IoOptions;
}

/** What went through a pipe. */
export interface StreamResult {
  readonly bytes: number;
  /** Lower-case hexadecimal, one per algorithm asked for. */
  readonly digests: Readonly<Partial<Record<StreamHash, string>>>;
}
