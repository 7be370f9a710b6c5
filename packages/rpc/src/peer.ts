import type { Duplex } from 'node:stream';
import { startCall } from './call.ts';
import {
  ConnectionLostError,
  MessageTooLargeError,
  ProtocolViolationError,
  RpcResponseError,
} from './errors.ts';
import { IncomingCalls } from './incomingCalls.ts';
import { LineSplitter } from './lineSplitter.ts';
import {
  type ErrorMessage,
  exceeds,
  type NotificationMessage,
  notificationLine,
  parseMessage,
  type RequestMessage,
  type ResultMessage,
  resultLine,
} from './message.ts';
import { type CallOptions, type CloseReason, defaultMaxLineBytes, type RpcPeerOptions } from './options.ts';
import { Outbox } from './outbox.ts';
import { PendingCalls } from './pendingCalls.ts';

/**
 * One end of a JSON-RPC 2.0 connection, one object per line (https://www.jsonrpc.org/specification, without batches).
 *
 * Both ends may call. `$/cancelRequest`, `$/progress` and `$/ping` are handled here. Whatever breaks the protocol closes
 * the connection: every pending call is rejected with `ConnectionLostError`, every running handler's signal is aborted.
 */
export class RpcPeer {
  /** Resolves once, when the connection has ended for whatever reason; never rejects. */
  readonly closed: Promise<CloseReason>;

  readonly #options: RpcPeerOptions;
  readonly #stream: Duplex;
  readonly #maxLineBytes: number;
  readonly #splitter: LineSplitter;
  readonly #outbox: Outbox;
  readonly #pending = new PendingCalls();
  readonly #incoming: IncomingCalls;
  readonly #resolveClosed: (reason: CloseReason) => void;
  #closeReason: CloseReason | undefined;

  constructor(options: RpcPeerOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.#maxLineBytes = options.maxLineBytes ?? defaultMaxLineBytes;
    const { promise, resolve } = Promise.withResolvers<CloseReason>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#outbox = new Outbox(options.stream, options.maxQueued ?? 16 * 1024 * 1024);
    this.#incoming = new IncomingCalls(options, this.#maxLineBytes, {
      answer: (line) => this.#answer(line),
      progress: (id, line) => {
        if (this.#closeReason === undefined) this.#outbox.sendLatest(`progress ${id}`, line);
      },
    });
    this.#splitter = new LineSplitter({
      maxBytes: this.#maxLineBytes,
      onLine: (line) => this.#receive(line),
      onOversize: (bytes) => {
        const detail = `a line of at least ${bytes} bytes, the limit is ${this.#maxLineBytes}`;
        this.#violate(new ProtocolViolationError('oversize', detail));
      },
    });
    this.#stream.on('data', (chunk: Buffer) => this.#splitter.push(chunk));
    this.#stream.on('end', () => this.#ended());
    this.#stream.on('close', () => this.#ended());
    this.#stream.on('error', (error: Error) => this.#end({ kind: 'stream-error', error }));
  }

  /** Why the connection ended, `undefined` while it lives. */
  get closeReason(): CloseReason | undefined {
    return this.#closeReason;
  }

  /** Calls of ours that wait for an answer. */
  get pendingCalls(): number {
    return this.#pending.size;
  }

  /**
   * Calls the other side.
   *
   * @throws RpcResponseError the peer answered with an error; the outcome is known.
   * @throws DeadlineExceededError, CallCancelledError, ConnectionLostError see their `outcome`.
   * @throws MessageTooLargeError, OutboxFullError nothing was sent.
   */
  call(method: string, params?: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.#closeReason !== undefined) {
      return Promise.reject(new ConnectionLostError(method, 'not-sent', this.#closeReason.error));
    }
    const link = { pending: this.#pending, outbox: this.#outbox, maxLineBytes: this.#maxLineBytes };
    return startCall(link, method, params, options);
  }

  /**
   * Sends a notification; a no-op once the connection has ended.
   *
   * @throws MessageTooLargeError, OutboxFullError nothing was sent.
   */
  notify(method: string, params?: unknown): void {
    if (this.#closeReason !== undefined) return;
    this.#outbox.send(this.#fit(`the notification "${method}"`, notificationLine(method, params)));
  }

  /** Milliseconds that a `$/ping` took: proof that the peer's event loop turns. Throws as `call`. */
  async ping(timeoutMs: number): Promise<number> {
    const start = performance.now();
    await this.call('$/ping', {}, { timeoutMs });
    return performance.now() - start;
  }

  /** Ends the connection at once. Idempotent: the first reason stays. */
  close(error?: Error): void {
    this.#end({ kind: 'local', error });
  }

  #receive(line: Buffer): void {
    try {
      const message = parseMessage(line);
      if (message.kind === 'request') this.#onRequest(message);
      else if (message.kind === 'notification') this.#onNotification(message);
      else this.#onResponse(message);
    } catch (error) {
      if (!(error instanceof ProtocolViolationError)) throw error;
      this.#violate(error);
    }
  }

  #onResponse(message: ResultMessage | ErrorMessage): void {
    const claim = this.#pending.claim(message.id);
    if (claim.state === 'abandoned') return;
    if (claim.state === 'answered') {
      throw new ProtocolViolationError('duplicate-id', `a second response to request ${message.id}`);
    }
    if (claim.state === 'unknown') {
      const shown = typeof message.id === 'number' ? String(message.id) : 'a string id';
      throw new ProtocolViolationError('unknown-response', `a response to ${shown}, which was never issued`);
    }
    if (message.kind === 'result') claim.call.resolve(message.result);
    else
      claim.call.reject(new RpcResponseError(message.error.code, message.error.message, message.error.data));
  }

  #onNotification({ method, params }: NotificationMessage): void {
    try {
      if (method === '$/cancelRequest') this.#cancelIncoming(params);
      else if (method === '$/progress') this.#reportProgress(params);
      else this.#options.onNotification?.(method, params);
    } catch (error) {
      this.#options.onHandlerError?.(method, error);
    }
  }

  #cancelIncoming(params: unknown): void {
    const id = memberOf(params, 'id');
    if (typeof id !== 'string' && typeof id !== 'number') return;
    this.#incoming.cancel(id);
  }

  #reportProgress(params: unknown): void {
    const id = memberOf(params, 'id');
    if (typeof id !== 'number') return;
    this.#pending.get(id)?.progress(params);
  }

  #onRequest({ id, method, params }: RequestMessage): void {
    if (this.#incoming.has(id)) {
      const shown = typeof id === 'number' ? String(id) : 'a string id';
      throw new ProtocolViolationError('duplicate-id', `request ${shown} is still being answered`);
    }
    if (method === '$/ping') this.#answer(resultLine(id, {}));
    else this.#incoming.start(id, method, params);
  }

  #answer(line: string): void {
    if (this.#closeReason !== undefined) return;
    try {
      this.#outbox.send(line);
    } catch (error) {
      // Somebody who asks and never reads: an answer may not be dropped, so the connection is.
      this.close(error instanceof Error ? error : undefined);
    }
  }

  #fit(what: string, line: string): string {
    if (exceeds(line, this.#maxLineBytes)) throw new MessageTooLargeError(what, this.#maxLineBytes);
    return line;
  }

  #ended(): void {
    const partial = this.#splitter.partialBytes;
    if (partial === 0) this.#end({ kind: 'ended', error: undefined });
    else
      this.#violate(
        new ProtocolViolationError('truncated', `the stream ended inside a line, after ${partial} bytes`),
      );
  }

  #violate(error: ProtocolViolationError): void {
    this.#end({ kind: 'violation', error });
  }

  #end(reason: CloseReason): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#splitter.stop();
    this.#stream.destroy();
    this.#incoming.abortAll(new ConnectionLostError('request', 'unknown', reason.error));
    for (const call of this.#pending.takeAll()) {
      call.reject(new ConnectionLostError(call.method, call.outcome(), reason.error));
    }
    this.#resolveClosed(reason);
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
