import {
  type CallOptions,
  type DriverClient,
  type OperationArguments,
  operationNames,
} from '../contract/index.ts';
import { type CallTarget, callOperation } from './caller.ts';
import { listAllOwned } from './listAllOwned.ts';

/** The driver contract as seen by a caller, one method per operation of the table. It outlives driver processes. */
export function createDriverClient(target: CallTarget): DriverClient {
  const methods = operationNames.map((name) => [
    name,
    (params: unknown, options?: CallOptions) => callOperation(target, name, params, options),
  ]);
  return Object.freeze({
    // Each method was made from its own row of the table; the types say the same, row by row.
    ...(Object.fromEntries(methods) as DriverClient),
    listOwned: (params: OperationArguments<'listOwned'>, options?: CallOptions) =>
      listAllOwned(target, params, options),
  });
}
