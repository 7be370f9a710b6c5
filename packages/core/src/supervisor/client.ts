import { type CallOptions, type DriverClient, operationNames } from '../contract/index.ts';
import { type CallTarget, callOperation } from './caller.ts';

/** The driver contract as seen by a caller, one method per operation of the table. It outlives driver processes. */
export function createDriverClient(target: CallTarget): DriverClient {
  const methods = operationNames.map((name) => [
    name,
    (params: unknown, options?: CallOptions) => callOperation(target, name, params, options),
  ]);
  // Each method was made from its own row of the table; the types say the same, row by row.
  return Object.freeze(Object.fromEntries(methods)) as DriverClient;
}
