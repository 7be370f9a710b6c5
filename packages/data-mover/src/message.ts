import type { CopyRequest } from './copy/request.ts';
import { DataMoverError, type DataMoverErrorCode, type ErrorFacts } from './errors.ts';

/** What a worker is sent: the request, and the memory of its {@link TaskControl}. */
export interface TaskMessage<Request> {
  readonly request: Request;
  readonly control: SharedArrayBuffer;
}

/** What a thread of a copy is sent. */
export interface CopyMessage extends TaskMessage<CopyRequest> {
  /** Memory of the copy's `ShardBoard`. */
  readonly shared: SharedArrayBuffer;
  /** 0 leads. */
  readonly shard: number;
  /** Threads that the copy began with. */
  readonly shards: number;
}

/** What a worker answers. Errors are data here: cloning an Error between threads drops its fields. */
export type TaskReply<Result> =
  | { readonly ok: true; readonly result: Result }
  | {
      readonly ok: false;
      readonly code: DataMoverErrorCode;
      readonly message: string;
      readonly facts: ErrorFacts;
    };

/** Runs a task and answers with its result or its typed error; anything else is a defect and is thrown. */
export async function reply<Result>(task: () => Promise<Result>): Promise<TaskReply<Result>> {
  try {
    return { ok: true, result: await task() };
  } catch (error) {
    if (!(error instanceof DataMoverError)) throw error;
    const { code, message, side, path, errno, offset, doneBytes } = error;
    const facts: ErrorFacts = {
      ...(side === undefined ? {} : { side }),
      ...(path === undefined ? {} : { path }),
      ...(errno === undefined ? {} : { errno }),
      ...(offset === undefined ? {} : { offset }),
      ...(doneBytes === undefined ? {} : { doneBytes }),
    };
    return { ok: false, code, message, facts };
  }
}

/** The result of an answer. @throws DataMoverError as the worker had it */
export function unwrap<Result>(answer: TaskReply<Result>): Result {
  if (answer.ok) return answer.result;
  throw new DataMoverError(answer.code, answer.message, answer.facts);
}
