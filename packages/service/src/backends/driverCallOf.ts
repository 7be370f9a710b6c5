import type { RunContext } from '../journal/index.ts';
import type { DriverCall } from './callDriver.ts';

/** How a step of an operation calls its driver: the request id derives from the journal entry and the step's name. */
export function driverCallOf(context: RunContext<unknown>, step: string, patienceMs: number): DriverCall {
  return {
    requestId: context.driverRequestId(step),
    firstAttempt: context.run,
    signal: context.signal,
    log: context.log,
    patienceMs,
  };
}
