import { type ContractError, withSecondary } from '@scoria/core/contract';
import { asContractError } from './asContractError.ts';

/**
 * Runs what does not depend on each other, in turn, each whatever became of those before: what cannot be cleaned up in one place
 * is no reason to leave something in another.
 *
 * @throws ContractError the first failure; the others are its `secondary`
 */
export async function tryEach(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: ContractError[] = [];
  for (const work of works) {
    try {
      await work();
    } catch (error) {
      errors.push(asContractError(error));
    }
  }
  const [first, ...others] = errors;
  if (first !== undefined) throw withSecondary(first, others);
}
