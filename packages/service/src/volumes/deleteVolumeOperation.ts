import { ContractError, type OperationResult } from '@scoria/core/contract';
import { z } from 'zod';
import {
  type BackendIo,
  callDriver,
  driverCallOf,
  driverSnapshot,
  driverVolume,
  runDoomed,
  type WorkContext,
  type WorkProgress,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation, type RunContext, type Step } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { unlessNeverTaken } from '../snapshots/unlessNeverTaken.ts';
import { snapshotMachine } from '../state/index.ts';
import { settleVolume } from './settleVolume.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  /** Deleted with it (cascade). */
  snapshotIds: z.array(z.string()),
  /** Whether every initiator is cut off first. */
  force: z.boolean(),
});
export type DeleteVolumeArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<DeleteVolumeArguments>;

/**
 * Deletes a volume: its snapshots, its export, then the volume, in this order (contract.md §12.3). Never taken back: a
 * restart goes on where it was.
 */
export function deleteVolumeOperation(deps: LifecycleDependencies): Operation<DeleteVolumeArguments, void> {
  const { state, backends, settings } = deps;
  const call = (context: Context, step: string) => driverCallOf(context, step, settings.patienceMs);

  /** The volume, if it is still recorded and ever had a backend. */
  async function placed({ args }: Context): Promise<VolumeRecord | null> {
    const volume = await state.volumes.find(args.volumeId);
    return volume === undefined || volume.host === null ? null : volume;
  }

  const deleteSnapshot = (id: string): Step<DeleteVolumeArguments> => ({
    name: `deleteSnapshot ${id}`,
    async run(context) {
      const volume = await placed(context);
      const snapshot = await state.snapshots.find(id);
      if (snapshot === undefined) return undefined;
      if (volume !== null) {
        const backend = backends.ofHost(volume.host);
        const of = driverSnapshot(snapshot, volume.backendName);
        await unlessNeverTaken(snapshot, () =>
          untilDone(
            deps,
            context,
            (workDone) =>
              callDriver(
                backend,
                'deleteSnapshot',
                { snapshot: of, workDone },
                call(context, `deleteSnapshot.${id}${workDone ? '.done' : ''}`),
              ),
            backend.io,
          ),
        );
      }
      return (tables) => tables.snapshots.remove(id);
    },
  });

  const revoke: Step<DeleteVolumeArguments> = {
    name: 'terminateConnections',
    async run(context) {
      const volume = await placed(context);
      if (volume === null || (await state.connections.ofVolume(volume.id)).length === 0) return undefined;
      await callDriver(
        backends.ofHost(volume.host),
        'terminateConnection',
        { volume: await driverVolume(state, volume), connector: null, force: true },
        call(context, 'terminateConnections'),
      );
      return (tables) => tables.connections.remove(volume.id, null);
    },
  };

  const removeExport: Step<DeleteVolumeArguments> = {
    name: 'removeExport',
    async run(context) {
      const volume = await placed(context);
      if (volume === null) return undefined;
      await deps.access.release(volume.id, context);
      const params = { volume: await driverVolume(state, volume), force: context.args.force };
      await callDriver(backends.ofHost(volume.host), 'removeExport', params, call(context, 'removeExport'));
      return undefined;
    },
  };

  const deleteVolume: Step<DeleteVolumeArguments> = {
    name: 'deleteVolume',
    async run(context) {
      const volume = await placed(context);
      if (volume === null) return undefined;
      const backend = backends.ofHost(volume.host);
      const of = await driverVolume(state, volume);
      const remove = (workDone: boolean) =>
        callDriver(
          backend,
          'deleteVolume',
          { volume: of, workDone },
          call(context, workDone ? 'deleteVolume.done' : 'deleteVolume'),
        );
      const report = deps.progress.track('wipe', [volume.id]);
      try {
        await untilDone(deps, context, remove, backend.io, report);
      } finally {
        deps.progress.end([volume.id]);
      }
      return undefined;
    },
  };

  return {
    kind: 'volume.delete',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: ({ snapshotIds, force }) => [
      ...snapshotIds.map(deleteSnapshot),
      ...(force ? [revoke] : []),
      removeExport,
      deleteVolume,
    ],
    locks: ({ volumeId, snapshotIds }) =>
      [volumeId, ...snapshotIds].map((key) => ({ key, mode: 'exclusive' }) as const),
    async complete(tables, { args }) {
      for (const id of [args.volumeId, ...args.snapshotIds]) await tables.dirty.forgetObject(id);
      await settleVolume(tables, args.volumeId, 'delete', 'ok');
    },
    async abandon(tables, { args, entryId }, error) {
      const failure = failureText(error);
      // What was wiped, be it in part, is not available again.
      const wiped = (await tables.dirty.ofEntry(entryId)).length > 0;
      const busy = !wiped && (error.code === 'VOLUME_IS_BUSY' || error.code === 'SNAPSHOT_IS_BUSY');
      const { delete: machine } = snapshotMachine;
      for (const id of args.snapshotIds) {
        const isWhole = (await tables.snapshots.find(id))?.progress === 100;
        const status = busy && isWhole ? machine.busy : machine.failed;
        await tables.snapshots.transition(id, [machine.during], { status, failure });
      }
      await settleVolume(tables, args.volumeId, 'delete', busy ? 'busy' : 'failed', { failure });
    },
  };
}

/**
 * Deletes what may first have to be wiped: the driver names the work, keeps the object meanwhile, and frees it when it is asked again
 * with `workDone`. Until it is gone its space is not used again, and its destination stays marked: it is good for nothing any more.
 *
 * @param remove asks the driver; the two kinds of requests must have ids of their own.
 * @throws ContractError INVALID_RESULT for a driver that names work again
 */
export async function untilDone(
  { mover }: Pick<LifecycleDependencies, 'mover'>,
  { marks, ...context }: WorkContext,
  remove: (workDone: boolean) => Promise<OperationResult<'deleteVolume'>>,
  io: BackendIo,
  onProgress?: (progress: WorkProgress) => void,
): Promise<void> {
  const { work } = await remove(false);
  if (work.length === 0) {
    // An earlier run was killed after the driver had freed it.
    await marks.forgetDoomed();
    return;
  }
  await runDoomed(mover, work, { ...context, marks }, (_, progress) => onProgress?.(progress), io);
  const again = await remove(true);
  if (again.work.length > 0)
    throw new ContractError('INVALID_RESULT', 'the driver names the same work again after it was done');
  for (const piece of work) await marks.clean(piece);
}
