/**
 * Whether a call that ended without an answer can have had an effect on the other side.
 * `not-sent`: the request never left this process. `unknown`: it may or may not have been carried out.
 */
export type CallOutcome = 'not-sent' | 'unknown';

/** Base of every error this package creates; `code` is stable, the message is for people. */
export abstract class RpcError extends Error {
  abstract readonly code: string;
}

/** JSON-RPC 2.0 §5.1 codes that this package itself answers with. */
export const rpcCodes = {
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** Implementation-defined: the receiver already runs its maximum of concurrent requests. */
  busy: -32005,
} as const;

/**
 * An error response. Handlers throw it to choose what the caller sees; callers receive it when the peer answered
 * with an error, so the outcome of the call is known.
 */
export class RpcResponseError extends RpcError {
  readonly code = 'RPC_RESPONSE_ERROR';
  override readonly name = 'RpcResponseError';
  /** The numeric JSON-RPC code. */
  readonly rpcCode: number;
  readonly data: unknown;

  constructor(rpcCode: number, message: string, data?: unknown) {
    super(message);
    this.rpcCode = rpcCode;
    this.data = data;
  }
}

/** The connection ended before the answer came. */
export class ConnectionLostError extends RpcError {
  readonly code = 'RPC_CONNECTION_LOST';
  override readonly name = 'ConnectionLostError';
  readonly method: string;
  readonly outcome: CallOutcome;

  constructor(method: string, outcome: CallOutcome, cause: Error | undefined) {
    const effect = outcome === 'unknown' ? 'its outcome is unknown' : 'it was not sent';
    const why = cause === undefined ? 'the peer closed the connection' : cause.message;
    super(`connection lost while "${method}" was pending (${effect}): ${why}`, { cause });
    this.method = method;
    this.outcome = outcome;
  }
}

/** No answer came within `timeoutMs`. The peer was told to cancel; a late answer is ignored. */
export class DeadlineExceededError extends RpcError {
  readonly code = 'RPC_DEADLINE_EXCEEDED';
  override readonly name = 'DeadlineExceededError';
  readonly method: string;
  readonly timeoutMs: number;
  readonly outcome: CallOutcome;

  constructor(method: string, timeoutMs: number, outcome: CallOutcome) {
    super(`no answer to "${method}" within ${timeoutMs} ms`);
    this.method = method;
    this.timeoutMs = timeoutMs;
    this.outcome = outcome;
  }
}

/** The caller's AbortSignal fired and the peer did not answer within the grace time. */
export class CallCancelledError extends RpcError {
  readonly code = 'RPC_CANCELLED';
  override readonly name = 'CallCancelledError';
  readonly method: string;
  readonly outcome: CallOutcome;

  constructor(method: string, outcome: CallOutcome, cause: unknown) {
    super(
      `"${method}" was cancelled${outcome === 'unknown' ? '; its outcome is unknown' : ' before it was sent'}`,
      {
        cause,
      },
    );
    this.method = method;
    this.outcome = outcome;
  }
}

/** What a peer did wrong when the connection had to be closed. */
export type Violation =
  | 'junk'
  | 'invalid-message'
  | 'oversize'
  | 'duplicate-id'
  | 'unknown-response'
  | 'truncated'
  | 'rejected-by-peer';

/** The peer broke the protocol; the connection is closed. The message never carries more than a few bytes of the input. */
export class ProtocolViolationError extends RpcError {
  readonly code = 'RPC_PROTOCOL_VIOLATION';
  override readonly name = 'ProtocolViolationError';
  readonly violation: Violation;

  constructor(violation: Violation, detail: string) {
    super(`protocol violation (${violation}): ${detail}`);
    this.violation = violation;
  }
}

/** A message of ours would exceed the line limit; nothing was sent. */
export class MessageTooLargeError extends RpcError {
  readonly code = 'RPC_MESSAGE_TOO_LARGE';
  override readonly name = 'MessageTooLargeError';
  readonly outcome: CallOutcome = 'not-sent';

  constructor(what: string, maxBytes: number) {
    super(`${what} does not fit one line of ${maxBytes} bytes`);
  }
}

/** The peer has not read for so long that the queue of outgoing bytes is full. */
export class OutboxFullError extends RpcError {
  readonly code = 'RPC_OUTBOX_FULL';
  override readonly name = 'OutboxFullError';
  readonly outcome: CallOutcome = 'not-sent';

  constructor(queuedBytes: number, maxBytes: number) {
    super(`the peer does not read: ${queuedBytes} bytes are queued (limit ${maxBytes})`);
  }
}
