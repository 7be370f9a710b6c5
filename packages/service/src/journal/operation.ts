import type { ContractError } from '@scoria/core/contract';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Tables } from '../state/index.ts';
import type { LockRequest } from './keyedLocks.ts';
import type { WorkMarks } from './workMarks.ts';

/** Writes what a step found out, in the transaction that also records the step's end. */
export type Recorder = (tables: Tables) => Promise<void>;

/** What a step is told. One object per run of an operation. */
export interface RunContext<Args> {
  readonly args: Args;
  readonly entryId: number;
  /** The id of the client's request. */
  readonly requestId: string;
  /** 1, or more when a service start resumed the operation. */
  readonly run: number;
  /**
   * Aborted when the service stops (the operation is then resumed at the next start) or when the operation is cancelled (it is then
   * undone, with a signal that only a stop aborts).
   */
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** What steps of this run leave for later steps; gone after a restart, so it may only save work. */
  readonly scratch: Map<string, unknown>;
  /** Errors that a step noted and went on after (force); they fail the operation at its end. */
  readonly collected: ContractError[];
  /** Which destinations of bytes are unfinished, and how far they are. */
  readonly marks: WorkMarks;
  /** The id under which a driver sees the request of `step`: the same through all repetitions and restarts. */
  driverRequestId(step: string): string;
  /**
   * Runs `work` while holding more locks than {@link Operation.locks}: those of an object that is needed for a moment only, and must not
   * be kept from others for the rest. Not for undos, which may follow a cancelling.
   *
   * Its own locks are held meanwhile: ask for no object whose holder may wait for them.
   *
   * @throws ContractError CANCELLED when aborted while it waits
   */
  withLocks<Result>(requests: readonly LockRequest[], work: () => Promise<Result>): Promise<Result>;
}

/** One named step. `run` and `undo` must be idempotent: a restart repeats them. */
export interface Step<Args> {
  readonly name: string;
  run(context: RunContext<Args>): Promise<Recorder | undefined>;
  /** Takes the effects back. Also called for the step that failed, whose effects are unknown. */
  undo?(context: RunContext<Args>, cause: ContractError): Promise<Recorder | undefined>;
}

/** An operation: what it does, in steps, and what its end means for the records. */
export interface Operation<Args, Result> {
  /** `volume.create`; retired names are never reused, as unfinished entries name them. */
  readonly kind: string;
  readonly args: z.ZodType<Args>;
  /** The steps for these arguments; the same arguments always give the same steps. */
  steps(args: Args): readonly Step<Args>[];
  /** What to do with an entry that a crash left: go on, or take everything back. */
  readonly onRestart: 'resume' | 'undo';
  locks(args: Args): readonly LockRequest[];
  /** How long to wait for the locks; default: as long as it takes. */
  readonly lockTimeoutMs?: number;
  /** In the transaction that closes the entry. */
  complete(tables: Tables, context: RunContext<Args>): Promise<Result>;
  /** After all undos, in the transaction that closes the entry. `error.secondary` holds what the undos could not do. */
  abandon(tables: Tables, context: RunContext<Args>, error: ContractError): Promise<void>;
}
