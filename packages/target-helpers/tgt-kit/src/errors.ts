import { ContractError, type ErrorCode, isContractError } from '@scoria/driver-sdk';
import { isTgtError, type TgtErrorCode } from './management/index.ts';

/** Codes of tgtd that mean the same whatever was asked; the others mean that the operation failed. */
const translated: Partial<Record<TgtErrorCode, ErrorCode>> = {
  DAEMON_NOT_RUNNING: 'BACKEND_UNAVAILABLE',
  DAEMON_FORBIDDEN: 'BACKEND_UNAVAILABLE',
  DAEMON_BUSY: 'BACKEND_UNAVAILABLE',
  DAEMON_CLOSED: 'BACKEND_UNAVAILABLE',
  NO_DRIVER: 'BACKEND_UNAVAILABLE',
  DEADLINE: 'DEADLINE_EXCEEDED',
  CANCELLED: 'CANCELLED',
  MALFORMED_PARAMETER: 'INVALID_ARGUMENT',
};

/** The contract's error for whatever was thrown; `otherwise` when tgtd merely refused. */
export function toContractError(error: unknown, otherwise: ErrorCode, what: string): ContractError {
  if (isContractError(error)) return error;
  if (isTgtError(error)) {
    return new ContractError(translated[error.code] ?? otherwise, `${what}: ${error.message}`, {
      cause: error,
      details: { tgt: error.code, ...(error.number !== null && { number: error.number }) },
    });
  }
  return new ContractError(otherwise, `${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
