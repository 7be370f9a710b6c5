import { z } from 'zod';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation } from '../journal/index.ts';
import { claimDoomed, leaveDoomed } from './claimDoomed.ts';
import { dropSnapshot } from './dropSnapshot.ts';

const argumentsSchema = z.object({
  snapshotId: z.string(),
  /** Whether it was good before: only then is it again when its driver has refused. */
  wasAvailable: z.boolean().default(false),
});
export type DeleteSnapshotArguments = z.infer<typeof argumentsSchema>;

/** Deletes a snapshot. Never taken back: a restart goes on. */
export function deleteSnapshotOperation(
  deps: LifecycleDependencies,
): Operation<DeleteSnapshotArguments, void> {
  const { state, settings } = deps;
  return {
    kind: 'snapshot.delete',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [
      {
        name: 'deleteSnapshot',
        async run(context) {
          const [snapshot] = await claimDoomed(state, [context.args.snapshotId]);
          if (snapshot === undefined) return undefined;
          const origin = await state.volumes.find(snapshot.volumeId);
          if (origin === undefined) return undefined;
          const onProgress = deps.progress.track('wipe', [snapshot.id]);
          try {
            const options = { step: 'deleteSnapshot', patienceMs: settings.patienceMs, onProgress };
            await dropSnapshot(deps, context, { snapshot, origin }, options);
          } finally {
            deps.progress.end([snapshot.id]);
          }
          return undefined;
        },
      },
    ],
    locks: ({ snapshotId }) => [{ key: snapshotId, mode: 'exclusive' }],
    async complete(tables, { args }) {
      await tables.dirty.forgetObject(args.snapshotId);
      await tables.snapshots.remove(args.snapshotId);
    },
    abandon: (tables, { args }, error) =>
      leaveDoomed(tables, args.snapshotId, {
        isGood: args.wasAvailable && error.code === 'SNAPSHOT_IS_BUSY',
        failure: failureText(error),
      }),
  };
}
