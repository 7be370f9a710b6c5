import { z } from 'zod';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation } from '../journal/index.ts';
import { backupMachine } from '../state/index.ts';
import { requireStore } from './access.ts';
import { deleteByDriver } from './driverHeld.ts';
import { onStore } from './storeError.ts';

const argumentsSchema = z.object({ backupId: z.string() });
export type DeleteBackupArguments = z.infer<typeof argumentsSchema>;

/** Deletes a backup; those that were made upon it stay restorable. Never taken back: a restart goes on. */
export function deleteBackupOperation(deps: LifecycleDependencies): Operation<DeleteBackupArguments, void> {
  const { state, progress } = deps;
  return {
    kind: 'backup.delete',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: () => [
      {
        name: 'remove',
        async run(context) {
          const backup = await state.backups.find(context.args.backupId);
          if (backup === undefined) return undefined;
          const { id: backupId, volumeId, heldBy } = backup;
          if (heldBy !== null) await deleteByDriver(deps, context, backupId, heldBy);
          else await onStore(requireStore(deps).remove({ backupId, volumeId }, context.signal));
          return undefined;
        },
      },
    ],
    locks: ({ backupId }) => [{ key: backupId, mode: 'exclusive' }],
    async complete(tables, { args }) {
      progress.end([args.backupId]);
      await tables.backups.remove(args.backupId);
    },
    async abandon(tables, { args }, error) {
      const { during, failed } = backupMachine.delete;
      await tables.backups.transition(args.backupId, [during], {
        status: failed,
        failure: failureText(error),
      });
    },
  };
}
