import { ContractError, type OperationResult } from '@scoria/core/contract';
import { z } from 'zod';
import {
  callDriver,
  driverCallOf,
  driverSnapshot,
  recordSnapshotUpdate,
  runWork,
  untilDone,
  wasNeverSent,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation, type RunContext, type Step } from '../journal/index.ts';
import type { SnapshotRecord, VolumeRecord } from '../model/index.ts';
import { snapshotMachine } from '../state/index.ts';

const argumentsSchema = z.object({
  snapshotId: z.string(),
  volumeId: z.string(),
  /** Whether the volume was attached when the request was accepted: then only a crash-consistent point will do. */
  volumeInUse: z.boolean(),
});
export type CreateSnapshotArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<CreateSnapshotArguments>;

/** Takes a snapshot and moves the bytes that the driver names. The volume stays as it is meanwhile. */
export function createSnapshotOperation(
  deps: LifecycleDependencies,
): Operation<CreateSnapshotArguments, void> {
  const { state, backends, settings, mover } = deps;

  async function records({ args }: Context): Promise<{ snapshot: SnapshotRecord; volume: VolumeRecord }> {
    const snapshot = await state.snapshots.find(args.snapshotId);
    const volume = await state.volumes.find(args.volumeId);
    if (snapshot === undefined || volume === undefined)
      throw new ContractError(
        'NOT_FOUND',
        `the record of snapshot ${args.snapshotId} or of its volume is gone`,
      );
    return { snapshot, volume };
  }

  async function take(context: Context): Promise<OperationResult<'createSnapshot'>> {
    const { snapshot, volume } = await records(context);
    // Who has access may be writing, also one that was connected without an attachment.
    const connected = (await state.connections.ofVolume(volume.id)).length > 0;
    return callDriver(
      backends.ofHost(volume.host),
      'createSnapshot',
      { snapshot: driverSnapshot(snapshot, volume.backendName, context.args.volumeInUse || connected) },
      driverCallOf(context, 'createSnapshot', settings.patienceMs),
    );
  }

  const create: Step<CreateSnapshotArguments> = {
    name: 'createSnapshot',
    async run(context) {
      const { update, work } = await take(context);
      const onPercent = (percent: number): void => {
        // 100 says that it is done. A report that cannot be written is only late.
        const progress = Math.min(percent, 99);
        state.snapshots.update(context.args.snapshotId, { progress }).catch((error: unknown) => {
          context.log.debug({ err: error }, 'the progress could not be recorded');
        });
      };
      const { volume } = await records(context);
      await runWork(mover, work, context, onPercent, backends.ofHost(volume.host).io);
      return (tables) => recordSnapshotUpdate(tables, context.args.snapshotId, update);
    },
    async undo(context, cause) {
      if (wasNeverSent(cause) || cause.code === 'ALREADY_EXISTS' || cause.code === 'UNIMPLEMENTED')
        return undefined;
      const { snapshot, volume } = await records(context);
      const backend = backends.ofHost(volume.host);
      const remove = (workDone: boolean) =>
        callDriver(
          backend,
          'deleteSnapshot',
          { snapshot: driverSnapshot(snapshot, volume.backendName), workDone },
          driverCallOf(
            context,
            workDone ? 'createSnapshot.undo.done' : 'createSnapshot.undo',
            settings.requestPatienceMs,
          ),
        );
      await untilDone(deps, context, remove, backend.io);
      return undefined;
    },
  };

  return {
    kind: 'snapshot.create',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [create],
    locks: ({ snapshotId, volumeId }) => [
      { key: snapshotId, mode: 'exclusive' },
      { key: volumeId, mode: 'shared' },
    ],
    async complete(tables, { args }) {
      const { during, ok } = snapshotMachine.create;
      await tables.snapshots.transition(args.snapshotId, [during], {
        status: ok,
        progress: 100,
        failure: null,
      });
    },
    async abandon(tables, { args }, error) {
      const { during, failed } = snapshotMachine.create;
      await tables.snapshots.transition(args.snapshotId, [during], {
        status: failed,
        failure: failureText(error),
      });
    },
  };
}
