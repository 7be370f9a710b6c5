import { CONTRACT_ERROR_CODE, ContractError, type ErrorCode, isContractError } from '@scoria/core/contract';
import { RpcResponseError } from '@scoria/rpc';
import type { Logger } from 'pino';

/** An error as the host reads it: JSON-RPC code and, in `data`, the contract's form. */
export function toRpcError(error: ContractError): RpcResponseError {
  return new RpcResponseError(CONTRACT_ERROR_CODE, error.message.slice(0, 1024), error.toWire());
}

/** Shorthand for an error this server itself answers with. */
export function refusal(code: ErrorCode, message: string): RpcResponseError {
  return toRpcError(new ContractError(code, message));
}

/**
 * Maps whatever an implementation threw. What is no ContractError is a defect: the host learns its class only (a stray
 * message may quote a secret), the log gets the stack.
 */
export function mapThrown(
  what: string,
  error: unknown,
  signal: AbortSignal | undefined,
  log: Logger,
): RpcResponseError {
  if (error instanceof RpcResponseError) return error;
  if (isContractError(error)) return toRpcError(error);
  if (signal?.aborted === true && isAbort(error, signal)) {
    if (isContractError(signal.reason)) return toRpcError(signal.reason);
    return refusal('CANCELLED', `${what} was cancelled`);
  }
  log.error({ err: error }, `${what} failed by a defect in the driver`);
  const name = error instanceof Error ? error.name : typeof error;
  return refusal('INTERNAL', `${what} failed by a defect in the driver (${name}); its log has the stack`);
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError');
}
