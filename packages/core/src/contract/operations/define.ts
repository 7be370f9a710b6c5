import type { z } from 'zod';
import type { ErrorCode } from '../errors.ts';

/**
 * What cancelling an operation means (the vocabulary of kysely's abort strategies).
 *
 * - `stop`: the driver stops and undoes what it did;
 * - `ignore`: the driver finishes; the caller merely stops waiting, and must read the state back.
 */
export type CancelMeaning = 'stop' | 'ignore';

/** One operation of the driver contract. All else (types, proxy, dispatcher, validation, schema, docs) is derived. */
export interface OperationDefinition<
  Params extends z.ZodObject = z.ZodObject,
  Result extends z.ZodType = z.ZodType,
> {
  /** One sentence for the reference. */
  readonly summary: string;
  readonly params: Params;
  readonly result: Result;
  /** Codes the operation may answer besides {@link commonErrors}. */
  readonly errors: readonly ErrorCode[];
  /** What the same request twice does. */
  readonly idempotency: string;
  readonly deadlineMs: number;
  readonly cancel: CancelMeaning;
  /** Whether every driver must implement it. The others are capabilities, derived from what a driver implements. */
  readonly required: boolean;
}

/** Codes that any operation may answer. */
export const commonErrors = [
  'UNIMPLEMENTED',
  'INVALID_ARGUMENT',
  'INVALID_RESULT',
  'NOT_INITIALIZED',
  'BACKEND_UNAVAILABLE',
  'BACKEND_ERROR',
  'COMMAND_FAILED',
  'TOOL_MISSING',
  'ABORTED',
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'OUTCOME_UNKNOWN',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

/** Declares an operation; only fixes the types. */
export function operation<Params extends z.ZodObject, Result extends z.ZodType>(
  definition: OperationDefinition<Params, Result>,
): OperationDefinition<Params, Result> {
  return definition;
}
