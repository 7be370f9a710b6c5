import { setTimeout as sleep } from 'node:timers/promises';
import { type RpcPeer, RpcResponseError } from '@scoria/rpc';
import { z } from 'zod';
import {
  CONTRACT_ERROR_CODE,
  type ConfigureParams,
  type InitializeResult,
  initializeResultSchema,
  PROTOCOL_VERSIONS,
  type ProbeResult,
  probeResultSchema,
  type WireError,
  wireErrorSchema,
  wireMethods,
} from '../contract/index.ts';
import { describeIssues } from './issues.ts';
import { configureParams, type DriverLaunch } from './launch.ts';
import { prepareDriver } from './prepare.ts';
import { DriverStartError } from './startError.ts';

/** What the three steps of a start told. */
export interface Introduction {
  readonly identity: InitializeResult;
  readonly protocolVersion: number;
  readonly health: ProbeResult;
}

/**
 * The three steps of a start: `initialize` (who are you; no side effects), `configure` (options, secrets), `probe` (can
 * you serve; repeated while it says `starting`). Between the last two the driver prepares itself (`doSetup`,
 * `checkForSetupError`).
 *
 * @throws DriverStartError, or the connection's own error, which the caller explains.
 */
export async function introduce(
  peer: RpcPeer,
  launch: DriverLaunch,
  options: {
    logLevel: ConfigureParams['logLevel'];
    deadline: number;
    probePollMs: number;
    hostVersion: string;
    signal: AbortSignal;
  },
): Promise<Introduction> {
  const { deadline, signal } = options;
  const step = <Schema extends z.ZodType>(method: string, params: unknown, schema: Schema) =>
    takeStep(peer, launch, method, params, schema, deadline);

  const offer = {
    protocolVersions: [...PROTOCOL_VERSIONS],
    host: { name: 'scoria', version: options.hostVersion },
  };
  const identity = await step(wireMethods.initialize, offer, initializeResultSchema);
  const protocolVersion = checkIdentity(identity, launch);
  await step(wireMethods.configure, configureParams(launch, options.logLevel), z.looseObject({}));
  await prepareDriver(
    identity.capabilities,
    (method, params, schema) => step(method, params, schema),
    deadline,
  );
  let health = await step(wireMethods.probe, {}, probeResultSchema);
  while (health.state === 'starting') {
    await sleep(options.probePollMs, undefined, { signal });
    health = await step(wireMethods.probe, {}, probeResultSchema);
  }
  return { identity, protocolVersion, health };
}

function checkIdentity(identity: InitializeResult, launch: DriverLaunch): number {
  const { name } = launch.driver;
  if (identity.protocolVersion === null || !PROTOCOL_VERSIONS.includes(identity.protocolVersion)) {
    const theirs = identity.supportedVersions.join(', ') || 'none';
    throw new DriverStartError(
      'protocol-mismatch',
      `driver "${name}" ${identity.version} speaks protocol ${theirs}, this Scoria speaks ${PROTOCOL_VERSIONS.join(', ')}: ` +
        'install a version of the driver that fits',
    );
  }
  if (identity.name !== name) {
    throw new DriverStartError(
      'wrong-identity',
      `the package says it is the driver "${name}", its process says it is "${identity.name}"`,
    );
  }
  return identity.protocolVersion;
}

async function takeStep<Schema extends z.ZodType>(
  peer: RpcPeer,
  launch: DriverLaunch,
  method: string,
  params: unknown,
  schema: Schema,
  deadline: number,
): Promise<z.output<Schema>> {
  let answer: unknown;
  try {
    answer = await peer.call(method, params, { timeoutMs: Math.max(1, deadline - performance.now()) });
  } catch (error) {
    if (error instanceof RpcResponseError) throw refused(launch, method, error);
    throw error;
  }
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new DriverStartError(
    'lying',
    `driver "${launch.driver.name}" answered "${method}" with a result that breaks the contract: ${describeIssues(parsed.error)}`,
  );
}

function refused(launch: DriverLaunch, method: string, error: RpcResponseError): DriverStartError {
  const wire = contractErrorOf(error);
  const failure = wire?.code === 'INVALID_CONFIGURATION' ? 'configuration' : 'refused';
  const code = wire?.code ?? `JSON-RPC ${error.rpcCode}`;
  const message = `driver "${launch.driver.name}" refused "${method}" with ${code}: ${wire?.message ?? error.message}`;
  return new DriverStartError(failure, message, { cause: error });
}

function contractErrorOf(error: RpcResponseError): WireError | undefined {
  return error.rpcCode === CONTRACT_ERROR_CODE ? wireErrorSchema.safeParse(error.data).data : undefined;
}
