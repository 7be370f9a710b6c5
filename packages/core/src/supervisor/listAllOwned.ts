import {
  type CallOptions,
  ContractError,
  type OperationArguments,
  type OperationResult,
} from '../contract/index.ts';
import { type CallTarget, callOperation } from './caller.ts';

/**
 * `listOwned` to its last page: a backend may own more than fits on a line of the wire. Who asks for a page (`after`)
 * gets that one.
 * @throws ContractError as {@link callOperation}; INVALID_RESULT when a page does not get any further.
 */
export async function listAllOwned(
  target: CallTarget,
  params: OperationArguments<'listOwned'>,
  options?: CallOptions,
): Promise<OperationResult<'listOwned'>> {
  const page = async (after: string | undefined): Promise<OperationResult<'listOwned'>> => {
    const answer = await callOperation(target, 'listOwned', after === undefined ? {} : { after }, options);
    // callOperation has parsed it by this operation's schema.
    return answer as OperationResult<'listOwned'>;
  };
  if (params.after !== undefined) return page(params.after);
  const objects: OperationResult<'listOwned'>['objects'] = [];
  const seen = new Set<string>();
  let after: string | undefined;
  do {
    const { objects: some, next } = await page(after);
    for (const object of some) objects.push(object);
    if (next !== undefined && seen.has(next)) {
      throw new ContractError(
        'INVALID_RESULT',
        `listOwned of backend "${target.backend}" goes round in circles`,
      );
    }
    if (next !== undefined) seen.add(next);
    after = next;
  } while (after !== undefined);
  return { objects };
}
