import type { RpcId } from './message.ts';

/** What a request handler may use besides its parameters. */
export interface RequestContext {
  readonly id: RpcId;
  /** Aborted by the caller's `$/cancelRequest` and when the connection ends. */
  readonly signal: AbortSignal;
  /** Sends `$/progress` with these fields and the request's id; when the peer reads slowly only the newest report is kept. No-op once the call is answered. */
  progress(fields: Readonly<Record<string, unknown>>): void;
}

/** One request being handled. The AbortController is made on first use: most handlers never look at it. */
export class IncomingCall implements RequestContext {
  readonly id: RpcId;
  readonly #sendProgress: (id: RpcId, fields: Readonly<Record<string, unknown>>) => void;
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  #answered = false;

  constructor(id: RpcId, sendProgress: (id: RpcId, fields: Readonly<Record<string, unknown>>) => void) {
    this.id = id;
    this.#sendProgress = sendProgress;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  progress(fields: Readonly<Record<string, unknown>>): void {
    if (!this.#answered) this.#sendProgress(this.id, fields);
  }

  abort(reason: Error): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
  }

  markAnswered(): void {
    this.#answered = true;
  }
}
