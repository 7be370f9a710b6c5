import type { Duplex } from 'node:stream';
import type { RequestContext } from './incomingCall.ts';

/** The longest line accepted and sent, without its newline: 1 MiB. */
export const defaultMaxLineBytes = 1024 * 1024;

/** How a peer speaks on its connection. */
export interface RpcPeerOptions {
  /** The peer owns the stream: it destroys it on close. */
  stream: Duplex;
  /**
   * Carries out a request of the other side. Throw `RpcResponseError` to choose the error it sees; anything else becomes
   * -32603 with no detail and is given to `onHandlerError`. Without it every request is answered -32601.
   */
  onRequest?: (method: string, params: unknown, context: RequestContext) => unknown;
  /** Must not throw; what it throws goes to `onHandlerError`. */
  onNotification?: (method: string, params: unknown) => void;
  /** Told of what handlers and progress callbacks throw besides `RpcResponseError`. */
  onHandlerError?: (method: string, error: unknown) => void;
  /** Bytes; default 1 MiB. */
  maxLineBytes?: number;
  /** UTF-16 units kept while the other side does not read; default 16 Mi. */
  maxQueued?: number;
  /** Requests of the other side handled at once; more are answered -32000 (busy). Default 1024. */
  maxIncoming?: number;
}

/** How a caller waits for one request. */
export interface CallOptions {
  /** Milliseconds until `DeadlineExceededError`; without it the call waits as long as the connection lives. */
  timeoutMs?: number;
  /** Aborting sends `$/cancelRequest`; the answer is still awaited for `cancelGraceMs`, since only it tells the outcome. */
  signal?: AbortSignal;
  /** Default 5000 ms. */
  cancelGraceMs?: number;
  /** Called with the whole `$/progress` parameters, `id` included. */
  onProgress?: (report: unknown) => void;
}

/** Why a connection ended: `local` = `close()` was called without an error, `ended` = the other side closed it. */
export interface CloseReason {
  readonly kind: 'local' | 'ended' | 'violation' | 'stream-error';
  readonly error: Error | undefined;
}
