import { ContractError, isContractError, withSecondary } from '@scoria/core/contract';
import type { Tables } from '../state/index.ts';
import { asContractError } from './asContractError.ts';
import { type Environment, Interrupted, type Run, runContext } from './environment.ts';
import type { Operation, RunContext } from './operation.ts';
import { undoSteps } from './undoSteps.ts';

/**
 * Runs an operation from its first step to its end, under its locks.
 *
 * @throws ContractError the first cause, after everything was undone and recorded; Interrupted when the service stops.
 */
export async function execute<Args, Result>(
  operation: Operation<Args, Result>,
  environment: Environment,
  run: Run<Args>,
): Promise<Result> {
  const context = runContext(operation, environment, run);
  const waiting = {
    holder: `${operation.kind} of ${run.objectId}`,
    signal: context.signal,
    ...(operation.lockTimeoutMs !== undefined && { timeoutMs: operation.lockTimeoutMs }),
  };
  let begun = false;
  try {
    return await environment.locks.run(operation.locks(run.args), waiting, () => {
      begun = true;
      return executeLocked(operation, environment, context, run.firstStep);
    });
  } catch (error) {
    if (environment.signal.aborted) throw interrupted(context);
    // Its turn did not come in time: nothing was done, but the claim has to be taken back.
    if (!begun)
      throw await undoSteps(operation, environment, context, run.firstStep - 1, causeOf(error, environment));
    throw error;
  }
}

/** As {@link execute}, by a caller that holds the operation's locks. */
export async function executeLocked<Args, Result>(
  operation: Operation<Args, Result>,
  environment: Environment,
  context: RunContext<Args>,
  firstStep: number,
): Promise<Result> {
  const started = performance.now();
  let reached = firstStep - 1;
  try {
    const result = await runSteps(operation, environment, context, firstStep, (position) => {
      reached = position;
    });
    context.log.info({ ms: Math.round(performance.now() - started) }, 'done');
    return result;
  } catch (error) {
    if (environment.signal.aborted) throw interrupted(context);
    throw await undoSteps(operation, environment, context, reached, causeOf(error, environment));
  }
}

/** Why an operation failed; one that was cancelled failed for that, whatever its step made of it. */
function causeOf(error: unknown, { cancelled }: Environment): ContractError {
  return cancelled.aborted && isContractError(cancelled.reason) ? cancelled.reason : asContractError(error);
}

function interrupted(context: Pick<RunContext<unknown>, 'log'>): Interrupted {
  context.log.info('interrupted by the stop of the service; taken up at its next start');
  return new Interrupted();
}

async function runSteps<Args, Result>(
  operation: Operation<Args, Result>,
  { state }: Environment,
  context: RunContext<Args>,
  firstStep: number,
  reaching: (position: number) => void,
): Promise<Result> {
  const { entryId } = context;
  const steps = operation.steps(context.args);
  const first = steps[firstStep];
  // The intent names all steps, so a start that is not recorded yet is at worst a step repeated.
  if (first !== undefined && context.run > 1)
    await state.transaction(({ journal }) => journal.startStep(entryId, firstStep, first.name));
  for (let position = firstStep; position < steps.length - 1; position += 1) {
    const step = steps[position];
    const next = steps[position + 1];
    if (step === undefined || next === undefined) break;
    reaching(position);
    const record = await step.run(context);
    await state.transaction(async (tables) => {
      await record?.(tables);
      await tables.journal.endStep(entryId, position, step.name, 'done');
      await tables.journal.startStep(entryId, position + 1, next.name);
    });
  }
  const last = steps.length - 1;
  const step = steps[last];
  reaching(last);
  const record = await step?.run(context);
  const [failed, ...others] = context.collected;
  if (failed !== undefined) throw withSecondary(failed, others);
  return state.transaction(async (tables) => {
    await record?.(tables);
    const result = await operation.complete(tables, context);
    await refuseDirty(tables, entryId);
    if (step !== undefined) await tables.journal.endStep(entryId, last, step.name, 'done');
    await tables.journal.close(entryId, 'done', null);
    return result;
  });
}

/** What some run has left half written, and none has finished, is not reported as good. */
async function refuseDirty({ dirty }: Tables, entryId: number): Promise<void> {
  const left = (await dirty.ofEntry(entryId)).find(({ doomed }) => !doomed);
  if (left === undefined) return;
  throw new ContractError(
    'INTERNAL',
    `${left.kind} to ${left.path} was begun and not finished (${left.durableBytes} of ${left.length} bytes)`,
  );
}
