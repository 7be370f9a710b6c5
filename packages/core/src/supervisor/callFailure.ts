import {
  CallCancelledError,
  ConnectionLostError,
  DeadlineExceededError,
  MessageTooLargeError,
  OutboxFullError,
  RpcResponseError,
  rpcCodes,
} from '@scoria/rpc';
import {
  CONTRACT_ERROR_CODE,
  ContractError,
  type ErrorCode,
  type OperationName,
  wireErrorSchema,
} from '../contract/index.ts';
import { describeIssues } from './issues.ts';
import type { SecretMemory } from './secretMemory.ts';
import type { DriverSession } from './session.ts';

/** The call a failure belongs to. */
export interface FailedCall {
  readonly operation: OperationName;
  readonly backend: string;
  readonly requestId: string;
  readonly session: DriverSession;
  readonly secrets: SecretMemory;
}

/** What JSON-RPC's own codes mean, for drivers that do not use the SDK. */
const plainCodes: Readonly<Record<number, ErrorCode>> = {
  [rpcCodes.methodNotFound]: 'UNIMPLEMENTED',
  [rpcCodes.invalidParams]: 'INVALID_ARGUMENT',
  [rpcCodes.busy]: 'ABORTED',
};

/**
 * Turns what ended a call into the contract's error. After a lost connection it waits for the end of the process, since
 * the exit report says more than the broken pipe.
 */
export async function explainCallFailure(error: unknown, call: FailedCall): Promise<unknown> {
  if (error instanceof RpcResponseError) return answered(error, call);
  if (error instanceof ConnectionLostError) return lost(error, call);
  if (error instanceof DeadlineExceededError) {
    return contractError(
      'DEADLINE_EXCEEDED',
      `${call.operation}: no answer within ${error.timeoutMs} ms`,
      call,
      error,
    );
  }
  if (error instanceof CallCancelledError) {
    if (error.outcome === 'not-sent')
      return contractError('CANCELLED', `${call.operation} was cancelled`, call, error);
    const message = `${call.operation} was cancelled but the driver has not answered: its outcome is unknown`;
    return contractError('OUTCOME_UNKNOWN', message, call, error);
  }
  if (error instanceof MessageTooLargeError) {
    return contractError('INVALID_ARGUMENT', `${call.operation}: ${error.message}`, call, error);
  }
  if (error instanceof OutboxFullError) {
    return contractError('BACKEND_UNAVAILABLE', `${call.operation}: ${error.message}`, call, error);
  }
  return error;
}

/** A result, or an error, that breaks the contract: the caller gets INVALID_RESULT, the driver loses its trust. */
export function accuse(detail: string, call: FailedCall): ContractError {
  const message = `driver of backend "${call.backend}" broke the contract: ${call.operation}: ${detail}`;
  call.session.condemn('lying', `${message} (request ${call.requestId})`);
  return contractError('INVALID_RESULT', message, call);
}

function answered(error: RpcResponseError, call: FailedCall): ContractError {
  if (error.rpcCode !== CONTRACT_ERROR_CODE) {
    const code = plainCodes[error.rpcCode] ?? 'INTERNAL';
    return contractError(code, `${call.operation}: ${call.secrets.mask(error.message)}`, call);
  }
  const wire = wireErrorSchema.safeParse(error.data);
  if (!wire.success) return accuse(`its error breaks the schema: ${describeIssues(wire.error)}`, call);
  if (wire.data.code === 'INVALID_RESULT') return accuse(call.secrets.mask(wire.data.message), call);
  const { code, message, details, ...rest } = wire.data;
  return new ContractError(code, call.secrets.mask(message), {
    ...rest,
    details: { ...identify(call), ...details },
  });
}

async function lost(error: ConnectionLostError, call: FailedCall): Promise<ContractError> {
  const { message: why } = await call.session.ended;
  if (error.outcome === 'not-sent') {
    const message = `${call.operation} was not sent: the driver of backend "${call.backend}" ended: ${why}`;
    return contractError('NOT_INITIALIZED', message, call, error);
  }
  const message = `the driver of backend "${call.backend}" ended while ${call.operation} was under way, its outcome is unknown: ${why}`;
  return contractError('OUTCOME_UNKNOWN', message, call, error);
}

function contractError(code: ErrorCode, message: string, call: FailedCall, cause?: unknown): ContractError {
  return new ContractError(code, call.secrets.mask(message), { details: identify(call), cause });
}

function identify({ backend, operation, requestId }: FailedCall): Record<string, string> {
  return { backend, operation, requestId };
}
