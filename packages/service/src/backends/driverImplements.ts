import { isContractError, type OperationName } from '@scoria/core/contract';
import type { Backend } from './backend.ts';
import type { DriverCall } from './callDriver.ts';
import { unsent, waitUntilServing } from './waitUntilServing.ts';

/**
 * Whether a backend's driver implements an operation, in the course of a journaled one. A driver says so only while it runs: work that is
 * taken up after a restart comes before it, and "not yet known" must not be taken for "no". So it is waited for, as {@link callDriver} does.
 *
 * @throws ContractError NOT_INITIALIZED with `details.sent = false` when it will not serve, or not in time
 */
export async function driverImplements(
  backend: Backend,
  operation: OperationName,
  { patienceMs, signal }: Pick<DriverCall, 'patienceMs' | 'signal'>,
): Promise<boolean> {
  try {
    await waitUntilServing(backend, performance.now() + patienceMs, signal);
  } catch (error) {
    throw isContractError(error) ? unsent(error, false) : error;
  }
  return backend.implements(operation);
}
