/** Stable codes of the errors of this package. */
export type DataMoverErrorCode =
  /** The request itself is wrong. Nothing was touched. */
  | 'INVALID_REQUEST'
  /** A path cannot be opened; `errno` says why. Nothing was touched. */
  | 'CANNOT_OPEN'
  /** A path is neither a regular file nor a block device. Nothing was touched. */
  | 'NOT_A_FILE_OR_DEVICE'
  /** A path is something else than it should be. Nothing was touched. */
  | 'IDENTITY_MISMATCH'
  /** What a path is cannot be proven here. Nothing was touched. */
  | 'IDENTITY_UNPROVEN'
  /** Source and destination are the same bytes, at least in part. Nothing was touched. */
  | 'OVERLAP'
  /** The source ends before the range does. Nothing was touched. */
  | 'SOURCE_TOO_SMALL'
  /** The destination ends before the range does. Nothing was touched. */
  | 'DESTINATION_TOO_SMALL'
  /** The source became shorter during the copy. The destination is dirty. */
  | 'SOURCE_CHANGED'
  /** The destination's filesystem or quota is full. The destination is dirty. */
  | 'NO_SPACE'
  /** The kernel reported another error; `errno`, `side` and `offset` say which. The destination is dirty. */
  | 'IO_ERROR'
  /** What was read back is not what was written. The destination is dirty. */
  | 'VERIFY_FAILED'
  /** The device cannot give the guarantee that a wipe requires. Nothing was touched. */
  | 'GUARANTEE_UNAVAILABLE'
  /** A pipe gave fewer or more bytes than it should, or its other end went away. The destination is dirty. */
  | 'STREAM_BROKEN'
  /** The caller cancelled. The destination is dirty if `doneBytes` is above 0. */
  | 'CANCELLED'
  /** The worker thread ended. The destination is dirty. */
  | 'WORKER_FAILED'
  /** The pool is not started or is closed. Nothing was touched. */
  | 'CLOSED';

/** Which path of a task an error is about. */
export type Side = 'source' | 'destination';

/** Facts of an error. All can be cloned between threads. */
export interface ErrorFacts {
  readonly side?: Side;
  readonly path?: string;
  /** errno name, e.g. EIO. */
  readonly errno?: string;
  /** Where on `side` it happened, in bytes. */
  readonly offset?: number;
  /** Bytes of the range that were done before it. */
  readonly doneBytes?: number;
}

/** A task that did not succeed; tell the reasons apart by `code`. */
export class DataMoverError extends Error {
  override readonly name = 'DataMoverError';
  readonly code: DataMoverErrorCode;
  readonly side: Side | undefined;
  readonly path: string | undefined;
  readonly errno: string | undefined;
  readonly offset: number | undefined;
  readonly doneBytes: number | undefined;

  constructor(code: DataMoverErrorCode, message: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.side = facts.side;
    this.path = facts.path;
    this.errno = facts.errno;
    this.offset = facts.offset;
    this.doneBytes = facts.doneBytes;
  }
}
