import { CallCancelledError, MessageTooLargeError, RpcResponseError, rpcCodes } from './errors.ts';
import { IncomingCall } from './incomingCall.ts';
import { errorLine, exceeds, notificationLine, type RpcId, resultLine } from './message.ts';
import type { RpcPeerOptions } from './options.ts';

type Handlers = Pick<RpcPeerOptions, 'onRequest' | 'onHandlerError' | 'maxIncoming'>;

/** The requests of the other side that are being handled here. */
export class IncomingCalls {
  readonly #handlers: Handlers;
  readonly #maxLineBytes: number;
  readonly #send: { answer(line: string): void; progress(id: RpcId, line: string): void };
  readonly #running = new Map<RpcId, IncomingCall>();

  constructor(
    handlers: Handlers,
    maxLineBytes: number,
    send: { answer(line: string): void; progress(id: RpcId, line: string): void },
  ) {
    this.#handlers = handlers;
    this.#maxLineBytes = maxLineBytes;
    this.#send = send;
  }

  has(id: RpcId): boolean {
    return this.#running.has(id);
  }

  start(id: RpcId, method: string, params: unknown): void {
    const handler = this.#handlers.onRequest;
    if (handler === undefined) {
      this.#send.answer(
        errorLine(id, { code: rpcCodes.methodNotFound, message: `unknown method "${method}"` }),
      );
    } else if (this.#running.size >= (this.#handlers.maxIncoming ?? 1024)) {
      const message = `${this.#running.size} requests are running already`;
      this.#send.answer(errorLine(id, { code: rpcCodes.busy, message }));
    } else {
      const call = new IncomingCall(id, this.#sendProgress);
      this.#running.set(id, call);
      void this.#handle(handler, method, params, call);
    }
  }

  cancel(id: RpcId): void {
    this.#running.get(id)?.abort(new CallCancelledError('request', 'unknown', undefined));
  }

  /** Nobody waits for answers any more: none is sent. */
  abortAll(reason: Error): void {
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const call of running) call.abort(reason);
  }

  async #handle(
    handler: NonNullable<RpcPeerOptions['onRequest']>,
    method: string,
    params: unknown,
    call: IncomingCall,
  ): Promise<void> {
    let line: string;
    try {
      line = resultLine(call.id, await handler(method, params, call));
      if (exceeds(line, this.#maxLineBytes)) {
        const message = `the result of "${method}" does not fit one line of ${this.#maxLineBytes} bytes`;
        line = errorLine(call.id, { code: rpcCodes.internalError, message });
      }
    } catch (error) {
      line = this.#failureLine(call.id, method, error);
    }
    call.markAnswered();
    if (this.#running.delete(call.id)) this.#send.answer(line);
  }

  #failureLine(id: RpcId, method: string, error: unknown): string {
    if (error instanceof RpcResponseError) {
      const line = errorLine(id, { code: error.rpcCode, message: error.message, data: error.data });
      if (!exceeds(line, this.#maxLineBytes)) return line;
      return errorLine(id, { code: error.rpcCode, message: 'the error does not fit one line' });
    }
    this.#handlers.onHandlerError?.(method, error);
    return errorLine(id, { code: rpcCodes.internalError, message: `internal error in "${method}"` });
  }

  readonly #sendProgress = (id: RpcId, fields: Readonly<Record<string, unknown>>): void => {
    const line = notificationLine('$/progress', { ...fields, id });
    if (exceeds(line, this.#maxLineBytes))
      throw new MessageTooLargeError('a progress report', this.#maxLineBytes);
    this.#send.progress(id, line);
  };
}
