import {
  ContractError,
  callMetaSchema,
  fillDefaults,
  type OperationName,
  operationNames,
  operations,
} from '@scoria/core/contract';
import type { RequestContext } from '@scoria/rpc';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { DriverDefinition, DriverOperationContext } from '../driver.ts';
import { OperationCall } from './operationCall.ts';
import { pageOfOwned } from './pageOfOwned.ts';
import { mapThrown, refusal, toRpcError } from './wireError.ts';

type Implementation = (params: unknown, context: DriverOperationContext<unknown>) => unknown;

const envelopeSchema = z.object({ meta: callMetaSchema, params: z.unknown() });

/** Runs operations of one driver: decodes parameters, calls the implementation, encodes its result. */
export interface Dispatcher {
  /** The operations that the driver implements, in the order of the contract. */
  readonly capabilities: readonly OperationName[];
  /** Answers with the encoded result. @throws RpcResponseError with the contract's error in `data`. */
  run(name: OperationName, raw: unknown, state: unknown, request: RequestContext): Promise<unknown>;
}

/** Derives the dispatcher from the contract's table and what the driver implements. */
export function createDispatcher(definition: DriverDefinition, log: Logger): Dispatcher {
  // Each implementation was typed by its own operation; here all are called alike, behind the table's own schemas.
  const table = definition.operations as Readonly<Partial<Record<OperationName, Implementation>>>;
  const capabilities = operationNames.filter((name) => typeof table[name] === 'function');

  const run = async (
    name: OperationName,
    raw: unknown,
    state: unknown,
    request: RequestContext,
  ): Promise<unknown> => {
    const implementation = table[name];
    if (implementation === undefined) {
      throw refusal('UNIMPLEMENTED', `the driver "${definition.name}" does not implement ${name}`);
    }
    const { cancel, params: paramsSchema, result: resultSchema } = operations[name];
    const envelope = envelopeSchema.safeParse(raw);
    if (!envelope.success) throw invalidArgument(name, envelope.error);
    const params = paramsSchema.safeParse(envelope.data.params ?? {});
    if (!params.success) throw invalidArgument(name, params.error);
    const { meta } = envelope.data;
    const call = new OperationCall({ operation: name, cancel, meta, state, request, log });
    let answer: unknown;
    try {
      answer = await implementation(params.data, call);
    } catch (error) {
      throw mapThrown(name, error, call.usedSignal, call.log);
    } finally {
      call.finish();
    }
    const encoded = encodeResult(name, resultSchema, answer, call);
    return name === 'listOwned' ? pageOfOwned(encoded, params.data) : encoded;
  };
  return { capabilities, run };
}

function encodeResult(name: OperationName, schema: z.ZodType, answer: unknown, call: OperationCall): unknown {
  const filled = typeof answer === 'object' && answer !== null ? fillDefaults(schema, answer) : answer;
  const encoded = z.safeEncode(schema, filled);
  if (encoded.success) return encoded.data;
  const problems = issuesText(encoded.error);
  call.log.error({ problems }, `the result of ${name} breaks the contract`);
  throw refusal('INVALID_RESULT', `the result of ${name} breaks the contract: ${problems}`);
}

function invalidArgument(name: OperationName, error: z.ZodError) {
  const details = { operation: name, path: error.issues[0]?.path.join('.') ?? '' };
  return toRpcError(new ContractError('INVALID_ARGUMENT', `${name}: ${issuesText(error)}`, { details }));
}

function issuesText(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || '(value)'}: ${issue.message}`).join('; ');
}
