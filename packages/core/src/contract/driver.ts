import type {
  OperationAnswer,
  OperationArguments,
  OperationName,
  OperationParams,
  OperationResult,
} from './operations/index.ts';
import type { Progress } from './protocol.ts';

/** What a driver is told about a running request. */
export interface OperationContext {
  readonly requestId: string;
  /** 1 for the first try of this request. */
  readonly attempt: number;
  /** Aborted when the caller cancels or the deadline passes. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in ms since the epoch. */
  readonly deadline: number;
  /** Tells the caller how far it is. */
  progress(progress: Omit<Progress, 'id'>): void;
}

/** Implements one operation. Throws ContractError with a code that the operation names. */
export type OperationHandler<Name extends OperationName> = (
  params: OperationParams<Name>,
  context: OperationContext,
) => Promise<OperationAnswer<Name>> | OperationAnswer<Name>;

/** What a driver implements. Its capabilities are the operations that are there. */
export type DriverOperations = {
  readonly [Name in OperationName]?: OperationHandler<Name>;
};

/** How a caller waits. */
export interface CallOptions {
  /** Default: the operation's own deadline. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Default: a new one. Repeat a request with the id it had. */
  readonly requestId?: string;
  readonly attempt?: number;
  readonly traceparent?: string;
  /** Called for each `$/progress` of the request. */
  readonly onProgress?: (progress: Omit<Progress, 'id'>) => void;
}

/**
 * The same contract as seen by a caller: one method per operation, in memory types. A caller cannot tell a driver in
 * another process from one in its own.
 */
export type DriverClient = {
  readonly [Name in OperationName]: (
    params: OperationArguments<Name>,
    options?: CallOptions,
  ) => Promise<OperationResult<Name>>;
};
