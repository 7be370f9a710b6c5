import { ContractError, isContractError } from '@scoria/core/contract';
import type { Logger } from 'pino';
import { ServiceError } from '../model/index.ts';

/** Any thrown value as a contract error: the code decides what follows, the first cause stays. */
export function asContractError(error: unknown): ContractError {
  if (isContractError(error)) return error;
  if (error instanceof ServiceError)
    return new ContractError(error.kind === 'NoValidBackend' ? 'NO_SPACE' : 'ABORTED', error.message, {
      cause: error,
    });
  const message = error instanceof Error ? error.message : String(error);
  return new ContractError('INTERNAL', message, { cause: error });
}

/** One sentence for the record: the cause, what is left behind, and what the clean-up could not do. */
export function failureText(error: ContractError): string {
  const left = error.leftBehind.length > 0 ? ` Left behind: ${error.leftBehind.join(', ')}.` : '';
  const secondary = error.secondary.length > 0 ? ` Clean-up also failed: ${error.secondary.join('; ')}` : '';
  // A refusal of the scheduler says more by its own name than by the code that it was given.
  const name = error.cause instanceof ServiceError ? error.cause.kind : error.name;
  return `${name}: ${error.message}${left}${secondary}`.slice(0, 4096);
}

/** Logs the end of a failed operation. */
export function logFailure(log: Logger, error: ContractError): void {
  log.error(
    { code: error.code, leftBehind: error.leftBehind, secondary: error.secondary },
    failureText(error),
  );
}
