import type { Logger } from 'pino';
import type { State } from '../state/index.ts';
import type { KeyedLocks } from './keyedLocks.ts';
import type { Operation, RunContext } from './operation.ts';
import { workMarks } from './workMarks.ts';

/** The operation was interrupted by a stop of the service; the next start takes it up. */
export class Interrupted extends Error {
  constructor() {
    super('the service is stopping; the operation is taken up at its next start');
    this.name = 'Interrupted';
  }
}

/** Where operations run. */
export interface Environment {
  readonly state: State;
  readonly log: Logger;
  readonly locks: KeyedLocks;
  /** Aborted when the service stops. */
  readonly signal: AbortSignal;
  /** Aborted when this operation is cancelled. */
  readonly cancelled: AbortSignal;
}

/** One run of an entry. */
export interface Run<Args> {
  readonly entryId: number;
  readonly objectId: string;
  readonly requestId: string;
  readonly run: number;
  readonly args: Args;
  /** Position of the first step to run; those before it were done by an earlier run. */
  readonly firstStep: number;
}

/** What all runs of an operation get. */
export function runContext<Args>(
  operation: Pick<Operation<Args, unknown>, 'kind'>,
  { state, log, locks, signal, cancelled }: Environment,
  run: Run<Args>,
): RunContext<Args> {
  const aborted = AbortSignal.any([signal, cancelled]);
  return {
    args: run.args,
    entryId: run.entryId,
    requestId: run.requestId,
    run: run.run,
    signal: aborted,
    log: log.child({
      requestId: run.requestId,
      operation: operation.kind,
      objectId: run.objectId,
      entry: run.entryId,
    }),
    scratch: new Map(),
    collected: [],
    marks: workMarks(state, run.entryId, run.run),
    driverRequestId: (step) => `${run.requestId.slice(0, 64)}:${run.entryId}:${step}`,
    withLocks: (requests, work) =>
      locks.run(requests, { holder: `${operation.kind} of ${run.objectId}`, signal: aborted }, work),
  };
}
