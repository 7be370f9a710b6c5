import { ContractError } from '@scoria/core/contract';
import type { JournalEntry } from '../state/index.ts';
import { type Environment, runContext } from './environment.ts';
import { execute } from './execute.ts';
import type { Operation, Step } from './operation.ts';
import { undoSteps } from './undoSteps.ts';

/**
 * Takes up an entry that a stop or a crash left unfinished: goes on at the first step that is not done, or undoes.
 *
 * @throws ContractError when the operation then fails; its end is recorded all the same.
 */
export async function recoverEntry(
  entry: JournalEntry,
  operation: Operation<unknown, unknown> | undefined,
  environment: Environment,
): Promise<void> {
  const log = environment.log.child({
    requestId: entry.requestId,
    operation: entry.kind,
    objectId: entry.objectId,
  });
  if (operation === undefined) {
    log.error(
      { entry: entry.id },
      'the journal names an operation that this version does not know: left as it is',
    );
    return;
  }
  const args = operation.args.safeParse(entry.arguments);
  if (!args.success) {
    log.error(
      { entry: entry.id, issues: args.error.issues },
      'the journal holds arguments that break their schema',
    );
    return;
  }
  const run = {
    entryId: entry.id,
    objectId: entry.objectId,
    requestId: entry.requestId,
    run: entry.run + 1,
    args: args.data,
  };
  await environment.state.journal.rerun(entry.id);
  const steps = await environment.state.journal.stepsOf(entry.id);
  if (entry.state === 'running' && operation.onRestart === 'resume') {
    const firstStep = firstUnfinished(operation.steps(args.data), steps);
    log.info(
      { entry: entry.id, step: operation.steps(args.data)[firstStep]?.name },
      'taken up after a restart',
    );
    await execute(operation, environment, { ...run, firstStep });
    return;
  }
  log.info({ entry: entry.id }, 'undone after a restart');
  const context = runContext(operation, environment, { ...run, firstStep: 0 });
  const cause = new ContractError(
    'ABORTED',
    entry.failure ??
      'the service was restarted while the operation was under way; it has been taken back: repeat it',
  );
  // A step may have run without its start being on record: the undo of every step is idempotent, so all are called.
  await environment.locks.run(
    operation.locks(args.data),
    { holder: `undo of ${entry.kind}`, signal: environment.signal },
    () => undoSteps(operation, environment, context, operation.steps(args.data).length - 1, cause),
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
