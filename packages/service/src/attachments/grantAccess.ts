import { type ConnectionInfo, type Connector, ContractError } from '@scoria/core/contract';
import { callDriver } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { Interrupted, type Operation } from '../journal/index.ts';
import { type RequestContext, ServiceError, type VolumeRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';
import type { ConnectArguments } from './connectOperation.ts';
import { initiatorKey } from './initiatorKey.ts';

/** Who wants access to what. */
export interface AccessRequest {
  readonly volume: VolumeRecord;
  readonly connector: Connector;
  readonly mode: 'rw' | 'ro';
  readonly attachmentId: string | null;
  /** Whether `claim` makes the attachment. */
  readonly created?: boolean;
  /** Claims volume and attachment, in the transaction that records the intent. */
  claim(tables: Tables, initiator: string): Promise<void>;
}

/**
 * Gives an initiator access and waits until it may log in: validates the connector, then exports and authorises.
 *
 * @throws ServiceError InvalidConnector, InvalidVolume; ContractError what the driver answered, after everything that
 * this request made was taken back.
 */
export async function grantAccess(
  deps: LifecycleDependencies,
  operation: Operation<ConnectArguments, ConnectionInfo>,
  context: RequestContext,
  request: AccessRequest,
): Promise<ConnectionInfo> {
  const { volume, connector, mode, attachmentId, created = false } = request;
  const initiator = initiatorKey(connector);
  if (volume.readOnly && mode === 'rw')
    throw new ServiceError('InvalidVolume', `volume ${volume.id} is read-only: attach it with mode "ro"`);
  await validateConnector(deps, context, volume, connector);
  const { completion } = await deps.journal.begin(operation, context.requestId, async (tables) => {
    await request.claim(tables, initiator);
    await tables.connections.open(volume.id, initiator, connector);
    const args = { volumeId: volume.id, initiator, connector, mode, attachmentId, created };
    return { objectId: volume.id, args, value: undefined };
  });
  return answerOf(completion);
}

/** The outcome of an operation for the client that waits for it. */
export async function answerOf<Result>(completion: Promise<Result>): Promise<Result> {
  try {
    return await completion;
  } catch (error) {
    if (error instanceof Interrupted)
      throw new ServiceError('ServiceUnavailable', error.message, { cause: error });
    throw error;
  }
}

/** Reads only, so nothing of it is journalled. */
async function validateConnector(
  { backends, settings, log }: LifecycleDependencies,
  context: RequestContext,
  volume: VolumeRecord,
  connector: Connector,
): Promise<void> {
  try {
    await callDriver(
      backends.ofHost(volume.host),
      'validateConnector',
      { connector },
      {
        requestId: `${context.requestId.slice(0, 64)}:validateConnector`,
        firstAttempt: 1,
        signal: AbortSignal.timeout(settings.requestPatienceMs),
        log,
        patienceMs: settings.requestPatienceMs,
      },
    );
  } catch (error) {
    if (error instanceof ContractError && error.code === 'INVALID_CONNECTOR')
      throw new ServiceError('InvalidConnector', error.message, { cause: error });
    throw error;
  }
}
