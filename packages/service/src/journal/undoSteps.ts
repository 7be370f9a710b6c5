import { type ContractError, withSecondary } from '@scoria/core/contract';
import { asContractError, failureText, logFailure } from './asContractError.ts';
import type { Environment } from './environment.ts';
import type { Operation, RunContext } from './operation.ts';

/**
 * Takes back steps `reached` to 0 in reverse order, then records the failure. Each undo is tried whatever became of the
 * others; what they could not do is in `secondary` of the error (contract.md D1, D3, D6).
 *
 * @returns the first cause, for the caller to throw.
 */
export async function undoSteps<Args, Result>(
  operation: Operation<Args, Result>,
  { state, signal }: Environment,
  context: RunContext<Args>,
  reached: number,
  cause: ContractError,
): Promise<ContractError> {
  const { entryId } = context;
  const undoing = { ...context, signal };
  const steps = operation.steps(context.args);
  const undoable = steps.slice(0, reached + 1).some((step) => step.undo !== undefined);
  if (undoable)
    await state.transaction(async ({ journal }) => {
      const failed = steps[reached];
      if (failed !== undefined) await journal.endStep(entryId, reached, failed.name, 'failed');
      await journal.beginUndo(entryId, cause.code, cause.message);
    });
  const errors: ContractError[] = [];
  for (let position = reached; position >= 0; position -= 1) {
    const step = steps[position];
    if (step?.undo === undefined) continue;
    try {
      const record = await step.undo(undoing, cause);
      await state.transaction(async (tables) => {
        await record?.(tables);
        await tables.journal.endStep(entryId, position, step.name, 'undone');
      });
    } catch (error) {
      // A stop of the service leaves the entry `undoing`: the next start goes on here.
      if (signal.aborted) throw error;
      errors.push(asContractError(error));
      await state.transaction(({ journal }) => journal.endStep(entryId, position, step.name, 'undo-failed'));
    }
  }
  const failure = withSecondary(cause, errors);
  await state.transaction(async (tables) => {
    await operation.abandon(tables, undoing, failure);
    if (!undoable) {
      const failed = steps[reached];
      if (failed !== undefined) await tables.journal.endStep(entryId, reached, failed.name, 'failed');
    }
    await tables.journal.close(entryId, 'failed', failureText(failure));
  });
  logFailure(context.log, failure);
  return failure;
}
