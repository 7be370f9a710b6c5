import { z } from 'zod';
import { callDriver, driverCallOf, driverVolume, untilDone } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation, type RunContext, type Step } from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { claimDoomed, leaveDoomed } from '../snapshots/claimDoomed.ts';
import { dropSnapshot } from '../snapshots/dropSnapshot.ts';
import { settleVolume } from './settleVolume.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  /** Deleted with it: the users' (cascade), and what the service has left of its own. */
  snapshotIds: z.array(z.string()),
  /** Those of them that were good before. */
  goodSnapshotIds: z.array(z.string()).default([]),
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
      const origin = await placed(context);
      // All of them at once: none gets another use while others are wiped.
      const claimed = await claimDoomed(state, context.args.snapshotIds);
      const snapshot = claimed.find((each) => each.id === id);
      if (snapshot === undefined) return undefined;
      const marked = { ...context, marks: context.marks.of(id) };
      const options = { step: `deleteSnapshot.${id}`, patienceMs: settings.patienceMs };
      if (origin !== null) await dropSnapshot(deps, marked, { snapshot, origin }, options);
      return async ({ dirty, snapshots }) => {
        await dirty.forgetObject(id);
        await snapshots.remove(id);
      };
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
    async abandon(tables, { args }, error) {
      const failure = failureText(error);
      const refused = error.code === 'VOLUME_IS_BUSY' || error.code === 'SNAPSHOT_IS_BUSY';
      for (const id of args.snapshotIds)
        await leaveDoomed(tables, id, { isGood: refused && args.goodSnapshotIds.includes(id), failure });
      // What was wiped, be it in part, is not available again.
      const busy = refused && (await tables.dirty.ofObject(args.volumeId)).length === 0;
      await settleVolume(tables, args.volumeId, 'delete', busy ? 'busy' : 'failed', { failure });
    },
  };
}
