import { ContractError, type ErrorCode, isContractError } from '@scoria/driver-sdk';
import { isLioError, type LioErrorCode } from './configfs/errors.ts';

/** Codes of configfs that mean the same whatever was asked; the others mean that the operation failed. */
const translated: Partial<Record<LioErrorCode, ErrorCode>> = {
  ABSENT: 'BACKEND_UNAVAILABLE',
  FORBIDDEN: 'BACKEND_UNAVAILABLE',
};

/** What an errno of LIO usually means; an administrator should not have to read the kernel's source. */
const hints: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'no interface of this host has the address',
  EADDRINUSE: 'another program listens there',
  EBUSY: 'it is in use',
};

/** The contract's error for whatever was thrown; `otherwise` when LIO merely refused. */
export function toContractError(error: unknown, otherwise: ErrorCode, what: string): ContractError {
  if (isContractError(error)) return error;
  if (isLioError(error)) {
    const hint = hints[error.errno];
    return new ContractError(
      translated[error.code] ?? otherwise,
      `${what}: ${error.message}${hint === undefined ? '' : ` (${hint})`}`,
      { cause: error, details: { errno: error.errno, path: error.path } },
    );
  }
  return new ContractError(otherwise, `${what}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}
