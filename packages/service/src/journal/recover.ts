import { ContractError, errorCodes } from '@scoria/core/contract';
import type { JournalEntry } from '../state/index.ts';
import { type Environment, runContext } from './environment.ts';
import { executeLocked } from './execute.ts';
import type { Operation, Step } from './operation.ts';
import { undoSteps } from './undoSteps.ts';

/**
 * Takes up an entry that a stop or a crash left unfinished, once `gate` says so: goes on at the first step that is not
 * done, or undoes. The entry's locks are asked for before this returns to its caller, so that no request comes first.
 *
 * @throws ContractError when the operation then fails; its end is recorded all the same.
 */
export async function recoverEntry(
  entry: JournalEntry,
  operation: Operation<unknown, unknown> | undefined,
  environment: Environment,
  gate: Promise<boolean>,
): Promise<void> {
  const { id: entryId, objectId, requestId } = entry;
  const log = environment.log.child({ requestId, operation: entry.kind, objectId, entry: entryId });
  if (operation === undefined) {
    log.error('the journal names an operation that this version does not know: left as it is');
    return;
  }
  const args = operation.args.safeParse(entry.arguments);
  if (!args.success) {
    log.error(
      { issues: args.error.issues },
      'the journal holds arguments that break their schema: left as they are',
    );
    return;
  }
  const run = { entryId, objectId, requestId, run: entry.run + 1, args: args.data, firstStep: 0 };
  const waiting = { holder: `${entry.kind} of ${objectId}`, signal: environment.signal };
  await environment.locks.run(operation.locks(args.data), waiting, async () => {
    if (!(await gate)) return;
    const { journal } = environment.state;
    await journal.rerun(entryId);
    const context = runContext(operation, environment, run);
    const steps = operation.steps(args.data);
    if (entry.state === 'running' && operation.onRestart === 'resume') {
      const firstStep = firstUnfinished(steps, await journal.stepsOf(entryId));
      log.info({ step: steps[firstStep]?.name }, 'taken up after a restart');
      await executeLocked(operation, environment, context, firstStep);
      return;
    }
    log.info('undone after a restart');
    // A step may have run without its start being on record: the undo of every step is idempotent, so all are called.
    await undoSteps(operation, environment, context, steps.length - 1, causeOf(entry));
  });
}

/** The failure whose undo was interrupted; else the restart itself. Its code decides what an undo may touch. */
function causeOf({ failure, failureCode }: JournalEntry): ContractError {
  const code = errorCodes.find((each) => each === failureCode) ?? 'ABORTED';
  return new ContractError(
    code,
    failure ??
      'the service was restarted while the operation was under way; it has been taken back: repeat it',
    // Whether a request had gone out before is not on record. An undo too many is harmless, one too few is not.
    { details: { sent: true } },
  );
}

function firstUnfinished(
  all: readonly Step<unknown>[],
  steps: readonly { readonly position: number; readonly state: string }[],
): number {
  const done = new Set(steps.filter(({ state }) => state === 'done').map(({ position }) => position));
  const first = all.findIndex((_, position) => !done.has(position));
  // All steps done and the entry still open cannot be: both are written in one transaction. Repeat the last.
  return first === -1 ? all.length - 1 : first;
}
