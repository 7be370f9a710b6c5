import { driverImplements, wasNeverSent } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type LockRequest, type Operation, type Step, tryEach } from '../journal/index.ts';
import { backupMachine, snapshotMachine, type Tables } from '../state/index.ts';
import { settleVolume } from '../volumes/settleVolume.ts';
import { requireStore } from './access.ts';
import { changedSince } from './changedExtents.ts';
import {
  type CreateBackupArguments,
  type CreateBackupContext,
  createBackupArguments,
  existingVolume,
  wantedBackup,
} from './createBackupArguments.ts';
import { backUpByDriver, deleteByDriver } from './driverHeld.ts';
import { manifestMetadata } from './manifestMetadata.ts';
import { onStore } from './storeError.ts';
import { forgetUnmade, temporaryCopySteps } from './temporaryCopy.ts';
import { withVolume } from './withVolume.ts';

/**
 * Backs a volume up: the volume itself, or a copy that is made to be read. After a restart it goes on where the repository says
 * that it was; a failure leaves nothing of it but its record.
 */
export function createBackupOperation(deps: LifecycleDependencies): Operation<CreateBackupArguments, void> {
  const { state, backends, progress, access, settings } = deps;
  const { takeSnapshot, makeVolume, dropVolume, dropSnapshot } = temporaryCopySteps(deps);

  const backUp: Step<CreateBackupArguments> = {
    name: 'backUp',
    async run(context) {
      const { args } = context;
      const backup = await wantedBackup(deps, args);
      const origin = await existingVolume(deps, args.volumeId);
      const volume = await existingVolume(deps, args.temporary?.volumeId ?? args.volumeId);
      const parent = args.parentId === null ? null : ((await state.backups.find(args.parentId)) ?? null);
      const heldBy = await backUpByDriver(deps, context, { backup, parent, volume });
      if (heldBy !== null)
        return async (tables) => {
          await tables.backups.update(backup.id, { heldBy });
        };
      const changed = await changedSince(deps, context, origin, parent);
      const report = progress.track('backup', [backup.id, args.volumeId]);
      const made = await withVolume(deps, volume, 'ro', context, ({ path, identity }) =>
        onStore(
          requireStore(deps).create(
            {
              backupId: backup.id,
              volumeId: args.volumeId,
              source: { path, identity, sizeBytes: volume.size, isZero: false },
              parentId: args.parentId,
              changed,
              metadata: manifestMetadata(backup),
              createdAt: backup.createdAt,
            },
            { signal: context.signal, onProgress: report, io: backends.ofHost(volume.host).io.copy },
          ),
        ),
      );
      context.log.info({ storedBytes: made.storedBytes, changedBytes: made.changedBytes }, 'backed up');
      return async (tables) => {
        await tables.backups.update(backup.id, { storedBytes: made.storedBytes });
      };
    },
    async undo(context, cause) {
      // An earlier run may have come further than this one.
      if (context.run === 1 && wasNeverSent(cause)) return undefined;
      const { backupId, volumeId, temporary } = context.args;
      const readId = temporary?.volumeId ?? volumeId;
      const volume = await state.volumes.find(readId);
      const backend = volume === undefined ? null : backends.ofHost(volume.host);
      await tryEach([
        () => access.release(readId, context),
        async () => {
          if (backend === null) return;
          const waiting = { patienceMs: settings.requestPatienceMs, signal: context.signal };
          if (await driverImplements(backend, 'deleteBackup', waiting))
            await deleteByDriver(deps, context, backupId, backend.host);
        },
        () => onStore(requireStore(deps).remove({ backupId, volumeId }, context.signal)),
      ]);
      return undefined;
    },
  };

  return {
    kind: 'backup.create',
    args: createBackupArguments,
    onRestart: 'resume',
    steps: ({ temporary }) => {
      if (temporary === null) return [backUp];
      const copied = [makeVolume, backUp, dropVolume];
      return temporary.snapshotId === null ? copied : [takeSnapshot, ...copied, dropSnapshot];
    },
    locks: ({ backupId, volumeId, snapshotId, temporary }): LockRequest[] => {
      const own: LockRequest = { key: backupId, mode: 'exclusive' };
      if (temporary === null) return [own, { key: volumeId, mode: 'shared' }];
      // A volume in use keeps its own lock free: its export must come back when its target daemon is restarted.
      const copies: LockRequest[] = [own, { key: temporary.volumeId, mode: 'exclusive' }];
      if (temporary.snapshotId !== null) copies.push({ key: temporary.snapshotId, mode: 'exclusive' });
      if (snapshotId !== null) copies.push({ key: snapshotId, mode: 'shared' });
      return copies;
    },
    async complete(tables, context) {
      const { during, ok } = backupMachine.create;
      await tables.backups.transition(context.args.backupId, [during], { status: ok, failure: null });
      await settleSource(tables, context, 'ok');
    },
    async abandon(tables, context, error) {
      const { during, failed } = backupMachine.create;
      await tables.backups.transition(context.args.backupId, [during], {
        status: failed,
        failure: failureText(error),
      });
      await forgetUnmade(tables, context.args);
      await settleSource(tables, context, 'failed');
    },
  };

  /** What was backed up is as it was before, whatever became of the backup. */
  async function settleSource(
    tables: Tables,
    { args: { backupId, volumeId, snapshotId } }: CreateBackupContext,
    end: 'ok' | 'failed',
  ): Promise<void> {
    progress.end([backupId, volumeId]);
    if (snapshotId === null) return settleVolume(tables, volumeId, 'backup', end);
    const { during, ok } = snapshotMachine.backup;
    await tables.snapshots.transition(snapshotId, [during], { status: ok });
  }
}
