import { type ConnectionInfo, ContractError, connectorSchema } from '@scoria/core/contract';
import { z } from 'zod';
import {
  callDriver,
  driverCallOf,
  driverVolume,
  recordVolumeUpdate,
  wasNeverSent,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation, type RunContext, type Step } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import type { Tables } from '../state/index.ts';
import { claimVolume } from '../volumes/claimVolume.ts';
import { followAttachments } from './followAttachments.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  initiator: z.string(),
  connector: connectorSchema,
  mode: z.enum(['rw', 'ro']),
  /** The attachment that asks; null in the legacy flow. */
  attachmentId: z.string().nullable(),
  /** Whether the attachment was made by this request, and goes with it: a create is all or nothing. */
  created: z.boolean().default(false),
});
export type ConnectArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<ConnectArguments>;

/**
 * Gives one initiator access (contract.md §5, §12.2): export, record the export, authorise, record the access. A failure
 * takes back what this request made, in reverse order; so does a restart, since the client that waited is gone.
 */
export function connectOperation(deps: LifecycleDependencies): Operation<ConnectArguments, ConnectionInfo> {
  const { state, backends, settings } = deps;
  const call = (context: Context, step: string) => driverCallOf(context, step, settings.requestPatienceMs);

  async function volumeOf({ args }: Context): Promise<VolumeRecord> {
    const volume = await state.volumes.find(args.volumeId);
    if (volume === undefined)
      throw new ContractError('NOT_FOUND', `the record of volume ${args.volumeId} is gone`);
    return volume;
  }

  /** Notes the access again where a request that had its turn first took the note away with its own access. */
  async function noteAgain({ args }: Context): Promise<void> {
    await state.transaction(async (tables) => {
      if ((await tables.connections.find(args.volumeId, args.initiator)) !== undefined) return;
      await claimVolume(tables, args.volumeId, 'connect');
      await tables.connections.open(args.volumeId, args.initiator, args.connector);
    });
  }

  const createExport: Step<ConnectArguments> = {
    name: 'createExport',
    async run(context) {
      await noteAgain(context);
      const volume = await volumeOf(context);
      const { update } = await callDriver(
        backends.ofHost(volume.host),
        'createExport',
        { volume: await driverVolume(state, volume), connector: context.args.connector },
        call(context, 'createExport'),
      );
      return (tables) => recordVolumeUpdate(tables, volume.id, update);
    },
    async undo(context, cause) {
      const { volumeId, initiator } = context.args;
      const others = (await state.connections.ofVolume(volumeId)).filter(
        (each) => each.initiator !== initiator,
      );
      if ((await hadAccess(state, context.args)) || others.length > 0 || wasNeverSent(cause))
        return undefined;
      const volume = await volumeOf(context);
      await callDriver(
        backends.ofHost(volume.host),
        'removeExport',
        { volume: await driverVolume(state, volume), force: false },
        call(context, 'createExport.undo'),
      );
      return undefined;
    },
  };

  const initializeConnection: Step<ConnectArguments> = {
    name: 'initializeConnection',
    async run(context) {
      const { initiator, connector, mode } = context.args;
      const volume = await volumeOf(context);
      const previous = (await state.connections.find(volume.id, initiator))?.connectionInfo ?? null;
      const { connectionInfo } = await callDriver(
        backends.ofHost(volume.host),
        'initializeConnection',
        { volume: await driverVolume(state, volume), connector, readOnly: mode === 'ro', previous },
        call(context, 'initializeConnection'),
      );
      context.scratch.set('connectionInfo', connectionInfo);
      return async (tables) => {
        // Whoever gave up waiting for its turn meanwhile has taken the note away.
        await tables.connections.open(volume.id, initiator, connector);
        await tables.connections.setInfo(volume.id, initiator, connectionInfo);
      };
    },
    async undo(context, cause) {
      if ((await hadAccess(state, context.args)) || wasNeverSent(cause)) return undefined;
      const volume = await volumeOf(context);
      await callDriver(
        backends.ofHost(volume.host),
        'terminateConnection',
        { volume: await driverVolume(state, volume), connector: context.args.connector, force: true },
        call(context, 'initializeConnection.undo'),
      );
      return undefined;
    },
  };

  return {
    kind: 'volume.connect',
    args: argumentsSchema,
    onRestart: 'undo',
    steps: () => [createExport, initializeConnection],
    locks: ({ volumeId }) => [{ key: volumeId, mode: 'exclusive' }],
    lockTimeoutMs: settings.lockTimeoutMs,
    async complete(tables, { args, scratch }) {
      const made = scratch.get('connectionInfo') as ConnectionInfo | undefined;
      const info = made ?? (await tables.connections.find(args.volumeId, args.initiator))?.connectionInfo;
      if (info === undefined || info === null)
        throw new ContractError('INTERNAL', `connection of ${args.initiator} was not recorded`);
      return withAccessMode(info, args.mode);
    },
    async abandon(tables, { args }, error) {
      // An initiator that could not be revoked may still have access: its connection stays on record until it is gone.
      if (error.secondary.length === 0 && !(await hadAccess(tables, args)))
        await tables.connections.remove(args.volumeId, args.initiator);
      if (args.attachmentId === null) {
        await tables.volumes.update(args.volumeId, { failure: failureText(error) });
        return;
      }
      // An initiator that could not be revoked: the attachment stays, so that its deletion can try again.
      if (args.created && error.secondary.length === 0) {
        await tables.attachments.remove(args.attachmentId);
        await followAttachments(tables, args.volumeId, { failure: null });
        return;
      }
      await tables.attachments.transition(args.attachmentId, ['attaching'], { status: 'error_attaching' });
      await followAttachments(tables, args.volumeId, { failure: failureText(error) });
    },
  };
}

/**
 * Whether the initiator has access that was given by another request: only what this one gave is taken back. Asked when it
 * counts, since a request that waits for its turn finds other access than when it came.
 */
async function hadAccess(
  { connections }: Pick<Tables, 'connections'>,
  { volumeId, initiator }: Pick<ConnectArguments, 'volumeId' | 'initiator'>,
): Promise<boolean> {
  return ((await connections.find(volumeId, initiator))?.connectionInfo ?? null) !== null;
}

/** The connection with the mode of this attachment, unless the driver has said one (contract.md §12.2). */
function withAccessMode(info: ConnectionInfo, mode: 'rw' | 'ro'): ConnectionInfo {
  info.data.access_mode ??= mode;
  return info;
}
