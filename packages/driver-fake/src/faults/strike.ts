import { setTimeout as sleep } from 'node:timers/promises';
import { ContractError } from '@scoria/driver-sdk';
import type { Fault } from './fault.ts';

/** What a fault needs of the call that it strikes. */
export interface StruckCall {
  readonly operation: string;
  readonly signal: AbortSignal;
  /** Ends the process as `kill -9` would. */
  readonly crash: () => never;
}

/**
 * Lets a fault happen. Returns when the call may go on; `lie` is not for here.
 * @throws ContractError with the fault's code (`fail`), or the signal's reason when a delay before the effect is cancelled.
 */
export async function strike(fault: Fault, { operation, signal, crash }: StruckCall): Promise<void> {
  switch (fault.action) {
    case 'fail':
      throw new ContractError(
        fault.code,
        fault.message ?? `${operation} was told to fail (${fault.when} its effect)`,
      );
    case 'delay':
      return delay(fault, signal);
    case 'hang':
      // Not even cancelling ends it: the event loop turns, the call never does.
      return new Promise(() => {});
    case 'block':
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.ms);
      return;
    case 'crash':
      return crash();
    case 'lie':
      return;
  }
}

/** After the effect it is too late to cancel: the answer is only late. */
async function delay(fault: Fault, signal: AbortSignal): Promise<void> {
  if (fault.when === 'after') {
    await sleep(fault.ms);
    return;
  }
  try {
    await sleep(fault.ms, undefined, { signal });
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  }
}
