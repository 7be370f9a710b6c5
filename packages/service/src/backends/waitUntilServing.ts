import { ContractError } from '@scoria/core/contract';
import type { Backend } from './backend.ts';

/**
 * Waits until a backend's driver takes calls.
 *
 * @param until when patience ends, by `performance.now()`
 * @throws ContractError NOT_INITIALIZED when it will not serve, or not in time
 */
export async function waitUntilServing(backend: Backend, until: number, signal: AbortSignal): Promise<void> {
  if (backend.serves) return;
  await backend.driver.whenReady({ timeoutMs: Math.max(1, until - performance.now()), signal });
}

/** The same failure, saying whether a request had gone out before: if not, there is nothing to undo. */
export function unsent(error: ContractError, sent: boolean): ContractError {
  return new ContractError(error.code, error.message, { details: { ...error.details, sent }, cause: error });
}
