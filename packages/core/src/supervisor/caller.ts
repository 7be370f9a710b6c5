import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  type CallOptions,
  ContractError,
  fillDefaults,
  type OperationName,
  operations,
  progressSchema,
} from '../contract/index.ts';
import { accuse, explainCallFailure } from './callFailure.ts';
import { describeIssues } from './issues.ts';
import type { Limiter } from './limiter.ts';
import { carriesSecrets, type SecretMemory } from './secretMemory.ts';
import type { DriverSession } from './session.ts';

/** What a call needs of the backend it goes to. */
export interface CallTarget {
  readonly backend: string;
  readonly limiter: Limiter;
  readonly cancelGraceMs: number;
  /** Secrets that pass are remembered, for the redaction of the driver's log. */
  readonly secrets: SecretMemory;
  /** The session that takes calls now. @throws ContractError NOT_INITIALIZED with the reason there is none. */
  session(): DriverSession;
}

/**
 * Calls one operation: encodes the parameters by the contract, waits for a place, sends, checks the answer.
 * @throws ContractError only.
 */
export async function callOperation(
  target: CallTarget,
  name: OperationName,
  args: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  const { params: paramsSchema, result: resultSchema, deadlineMs, cancel } = operations[name];
  const params = encodeParams(name, paramsSchema, args);
  const carries = carriesSecrets(name);
  if (carries.params) target.secrets.rememberIn(args);
  const timeoutMs = options.timeoutMs ?? deadlineMs;
  let remaining = timeoutMs;
  if (!target.limiter.tryEnter()) {
    const started = performance.now();
    await target.limiter.enter(timeoutMs, options.signal);
    remaining = Math.max(1, Math.ceil(timeoutMs - (performance.now() - started)));
  }
  let session: DriverSession | undefined;
  try {
    session = target.session();
    session.enter();
    if (!session.capabilities.has(name)) {
      throw new ContractError(
        'UNIMPLEMENTED',
        `the driver of backend "${target.backend}" does not implement ${name}`,
      );
    }
    const requestId = options.requestId ?? randomUUID();
    const call = { operation: name, backend: target.backend, requestId, session, secrets: target.secrets };
    const { signal, onProgress, traceparent, attempt = 1 } = options;
    const meta = {
      requestId,
      timeoutMs: remaining,
      attempt,
      ...(traceparent !== undefined && { traceparent }),
    };
    let answer: unknown;
    try {
      answer = await session.peer.call(
        name,
        { meta, params },
        {
          timeoutMs: remaining,
          // What cannot be cancelled is carried to its end; the caller merely stops waiting.
          cancelGraceMs: cancel === 'stop' ? target.cancelGraceMs : 0,
          ...(signal !== undefined && { signal }),
          ...(onProgress !== undefined && {
            onProgress: (report: unknown) => reportProgress(report, onProgress),
          }),
        },
      );
    } catch (error) {
      throw await explainCallFailure(error, call);
    }
    const result = resultSchema.safeParse(answer);
    if (result.success) {
      if (carries.result) target.secrets.rememberIn(result.data);
      return result.data;
    }
    throw accuse(`its result breaks the schema: ${describeIssues(result.error)}`, call);
  } finally {
    session?.leave();
    target.limiter.leave();
  }
}

function encodeParams(name: OperationName, schema: z.ZodObject, args: unknown): unknown {
  const encoded = z.safeEncode(schema, fillDefaults(schema, args as z.output<typeof schema>));
  if (encoded.success) return encoded.data;
  const path = encoded.error.issues[0]?.path.join('.') ?? '';
  throw new ContractError('INVALID_ARGUMENT', `${name}: ${describeIssues(encoded.error)}`, {
    details: { operation: name, path },
  });
}

function reportProgress(report: unknown, onProgress: NonNullable<CallOptions['onProgress']>): void {
  const parsed = progressSchema.omit({ id: true }).safeParse(report);
  // A malformed report says nothing; the result that follows is what is judged.
  if (parsed.success) onProgress(parsed.data);
}
