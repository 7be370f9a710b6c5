import { connectorSchema } from '@scoria/core/contract';
import { z } from 'zod';
import { callDriver, driverCallOf, driverVolume } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import {
  asContractError,
  failureText,
  type Operation,
  type RunContext,
  type Step,
} from '../journal/index.ts';
import type { AttachmentRecord } from '../model/index.ts';
import { followAttachments } from './followAttachments.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  /** Null: every initiator. */
  initiator: z.string().nullable(),
  connector: connectorSchema.nullable(),
  /** Goes on after errors, drops live sessions, and reports what is left (contract.md D5). */
  force: z.boolean(),
  /** The attachment whose record goes with it; null in the legacy flow. */
  attachmentId: z.string().nullable(),
});
export type DisconnectArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<DisconnectArguments>;

/**
 * Takes the access of one initiator, unless another attachment of the same initiator needs it, and removes the export
 * when it was the last (contract.md §5.3: the reverse of attaching). Never taken back; a restart goes on where it was.
 */
export function disconnectOperation(
  deps: LifecycleDependencies,
): Operation<DisconnectArguments, readonly AttachmentRecord[]> {
  const { state, backends, settings } = deps;
  const call = (context: Context, step: string) => driverCallOf(context, step, settings.requestPatienceMs);

  /** With force an error is noted and the next step is tried; without, it ends the operation. */
  async function tolerating(context: Context, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!context.args.force || context.signal.aborted) throw error;
      context.collected.push(asContractError(error));
      return false;
    }
  }

  /**
   * Whether another attachment of the same host needs the access. The legacy flow does not say whose access ends: as long as two attachments
   * have it, one of them stays; the detach that follows takes what is left.
   */
  async function isNeeded({ args }: Context, initiator: string): Promise<boolean> {
    const { volumeId, attachmentId } = args;
    const holders = (await state.attachments.ofVolume(volumeId)).filter(
      (each) => each.initiator === initiator,
    );
    return attachmentId === null ? holders.length > 1 : holders.some(({ id }) => id !== attachmentId);
  }

  const terminate: Step<DisconnectArguments> = {
    name: 'terminateConnection',
    async run(context) {
      const { volumeId, initiator, connector, force } = context.args;
      const volume = await state.volumes.find(volumeId);
      if (volume === undefined || volume.host === null) return undefined;
      if (initiator !== null && (await isNeeded(context, initiator))) return undefined;
      const params = { volume: await driverVolume(state, volume), connector, force };
      const done = await tolerating(context, async () => {
        await callDriver(
          backends.ofHost(volume.host),
          'terminateConnection',
          params,
          call(context, 'terminateConnection'),
        );
      });
      return done ? (tables) => tables.connections.remove(volumeId, initiator) : undefined;
    },
  };

  const removeExport: Step<DisconnectArguments> = {
    name: 'removeExport',
    async run(context) {
      const { volumeId, force, initiator } = context.args;
      const volume = await state.volumes.find(volumeId);
      if (volume === undefined || volume.host === null) return undefined;
      if (initiator !== null && (await isNeeded(context, initiator))) return undefined;
      // With force the initiator that could not be revoked goes with the export.
      const left = await state.connections.ofVolume(volumeId);
      const others = left.filter((each) => !force || each.initiator !== initiator);
      if (others.length > 0) return undefined;
      const params = { volume: await driverVolume(state, volume), force };
      await tolerating(context, async () => {
        await callDriver(backends.ofHost(volume.host), 'removeExport', params, call(context, 'removeExport'));
      });
      return undefined;
    },
  };

  return {
    kind: 'volume.disconnect',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [terminate, removeExport],
    locks: ({ volumeId }) => [{ key: volumeId, mode: 'exclusive' }],
    lockTimeoutMs: settings.lockTimeoutMs,
    async complete(tables, { args }) {
      if (args.attachmentId !== null) await tables.attachments.remove(args.attachmentId);
      if (args.attachmentId !== null) await followAttachments(tables, args.volumeId, { failure: null });
      return tables.attachments.ofVolume(args.volumeId);
    },
    async abandon(tables, { args }, error) {
      if (args.attachmentId !== null)
        await tables.attachments.transition(args.attachmentId, ['detaching'], { status: 'error_detaching' });
      if (args.attachmentId === null)
        await tables.volumes.update(args.volumeId, { failure: failureText(error) });
      else await followAttachments(tables, args.volumeId, { failure: failureText(error) });
    },
  };
}
