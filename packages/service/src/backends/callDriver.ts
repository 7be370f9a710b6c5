import { setTimeout as sleep } from 'node:timers/promises';
import {
  ContractError,
  isContractError,
  type OperationArguments,
  type OperationName,
  type OperationResult,
} from '@scoria/core/contract';
import type { Logger } from 'pino';
import type { Backend } from './backend.ts';
import { unsent, waitUntilServing } from './waitUntilServing.ts';

/** How a driver is called in the course of an operation. */
export interface DriverCall {
  /** The same through all repetitions, also after a restart: drivers answer a repeated request with its first result. */
  readonly requestId: string;
  /** 1, or more in a run after a restart. */
  readonly firstAttempt: number;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** How long a driver that does not serve is waited for, in total. */
  readonly patienceMs: number;
}

const MAX_ATTEMPTS = 4;
const BACK_OFF_MS = 200;

/**
 * Calls a driver until the outcome is known. When it crashed or did not answer in time, the same request is repeated once
 * the driver is back: operations are idempotent. A backend that is away for a moment is asked again after a short wait.
 *
 * @throws ContractError the last answer; NOT_INITIALIZED with `details.sent = false` when no request ever went out.
 */
export async function callDriver<Name extends OperationName>(
  backend: Backend,
  name: Name,
  params: OperationArguments<Name>,
  call: DriverCall,
): Promise<OperationResult<Name>> {
  const until = performance.now() + call.patienceMs;
  // The indexed access keeps parameters and result of one row of the table together, which TypeScript cannot see.
  const method = backend.driver.client[name] as (
    params: OperationArguments<Name>,
    options: { requestId: string; attempt: number; signal: AbortSignal },
  ) => Promise<OperationResult<Name>>;
  let sent = false;
  let unknown: ContractError | null = null;
  for (let attempt = 0; ; ) {
    await waitFor(backend, until, call.signal, sent, unknown);
    try {
      return await method(params, {
        requestId: call.requestId,
        attempt: call.firstAttempt + attempt,
        signal: call.signal,
      });
    } catch (error) {
      if (!isContractError(error)) throw error;
      if (error.code === 'NOT_INITIALIZED') {
        // It stopped serving between the wait and the call: wait again, within the same patience.
        if (performance.now() >= until) throw unsent(error, sent);
        await sleep(20, undefined, { signal: call.signal });
        continue;
      }
      sent = true;
      attempt += 1;
      if (!worthRepeating(error, attempt)) throw error;
      if (error.retry === 'reconcile') unknown = error;
      call.log.warn(
        { code: error.code, attempt, driverOperation: name },
        `${error.message}; repeating the request`,
      );
      await sleep(BACK_OFF_MS * attempt ** 2, undefined, { signal: call.signal });
    }
  }
}

async function waitFor(
  backend: Backend,
  until: number,
  signal: AbortSignal,
  sent: boolean,
  unknown: ContractError | null,
): Promise<void> {
  try {
    await waitUntilServing(backend, until, signal);
  } catch (error) {
    if (unknown === null || !isContractError(error))
      throw isContractError(error) ? unsent(error, sent) : error;
    throw new ContractError('OUTCOME_UNKNOWN', `${unknown.message}; and then: ${error.message}`, {
      cause: error,
    });
  }
}

/**
 * A driver that lies is not asked again, and one that let a whole deadline pass only once more; all else whose outcome is
 * unknown is repeated, and what may pass by itself.
 */
function worthRepeating(error: ContractError, attempts: number): boolean {
  if (error.code === 'INVALID_RESULT' || attempts >= MAX_ATTEMPTS) return false;
  if (error.code === 'DEADLINE_EXCEEDED') return attempts < 2;
  return error.retry === 'reconcile' || error.code === 'BACKEND_UNAVAILABLE' || error.code === 'ABORTED';
}

/** Whether a failed call cannot have had an effect, so that there is nothing to undo. */
export function wasNeverSent(error: ContractError): boolean {
  return error.code === 'NOT_INITIALIZED' && error.details['sent'] !== true;
}
