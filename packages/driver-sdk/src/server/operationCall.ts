import {
  type CallMeta,
  ContractError,
  type OperationDefinition,
  type OperationName,
  type Progress,
} from '@scoria/core/contract';
import type { RequestContext } from '@scoria/rpc';
import type { Logger } from 'pino';
import type { DriverOperationContext } from '../driver.ts';

/** What one running operation is given. Signal and logger are made on first use: most operations need neither. */
export class OperationCall implements DriverOperationContext<unknown> {
  readonly requestId: string;
  readonly attempt: number;
  readonly deadline: number;
  readonly state: unknown;
  readonly #operation: OperationName;
  readonly #cancel: OperationDefinition['cancel'];
  readonly #request: RequestContext;
  readonly #parentLog: Logger;
  #log: Logger | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    operation: OperationName;
    cancel: OperationDefinition['cancel'];
    meta: CallMeta;
    state: unknown;
    request: RequestContext;
    log: Logger;
  }) {
    this.#operation = options.operation;
    this.#cancel = options.cancel;
    this.#request = options.request;
    this.#parentLog = options.log;
    this.requestId = options.meta.requestId;
    this.attempt = options.meta.attempt;
    this.deadline = Date.now() + options.meta.timeoutMs;
    this.state = options.state;
  }

  get log(): Logger {
    this.#log ??= this.#parentLog.child({ requestId: this.requestId, operation: this.#operation });
    return this.#log;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#makeController();
    return this.#controller.signal;
  }

  /** The signal, when somebody asked for it. */
  get usedSignal(): AbortSignal | undefined {
    return this.#controller?.signal;
  }

  progress(progress: Omit<Progress, 'id'>): void {
    this.#request.progress(progress);
  }

  finish(): void {
    clearTimeout(this.#timer);
  }

  #makeController(): AbortController {
    const controller = new AbortController();
    const overdue = (): void => {
      const message = `${this.#operation} was stopped at its deadline`;
      controller.abort(new ContractError('DEADLINE_EXCEEDED', message));
    };
    this.#timer = setTimeout(overdue, Math.max(0, this.deadline - Date.now()));
    this.#timer.unref();
    const { signal } = this.#request;
    const cancelled = (): void => {
      controller.abort(
        new ContractError('CANCELLED', `${this.#operation} was cancelled`, { cause: signal.reason }),
      );
    };
    // An operation whose cancellation means "ignore" is carried to its end; only its deadline stops it.
    if (this.#cancel === 'ignore') return controller;
    if (signal.aborted) cancelled();
    else signal.addEventListener('abort', cancelled, { once: true });
    return controller;
  }
}
