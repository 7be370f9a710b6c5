import { ContractError } from '@scoria/core/contract';
import { z } from 'zod';
import {
  callDriver,
  driverCallOf,
  driverVolume,
  recordVolumeUpdate,
  runWork,
  untilDone,
  wasNeverSent,
} from '../backends/index.ts';
import type { OpenedVolume } from '../dataPath/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { failureText, type Operation, type RunContext, type Step } from '../journal/index.ts';
import type { BackupRecord, VolumeRecord } from '../model/index.ts';
import { backupMachine, volumeMachine } from '../state/index.ts';
import { placementRequest } from '../volumes/placementRequest.ts';
import { settleVolume } from '../volumes/settleVolume.ts';
import { requireStore } from './access.ts';
import { existingVolume } from './createBackupArguments.ts';
import { restoreByDriver } from './driverHeld.ts';
import { onStore } from './storeError.ts';
import { withVolume } from './withVolume.ts';

const argumentsSchema = z.object({
  backupId: z.string(),
  volumeId: z.string(),
  /** Null: onto a volume that is there. */
  make: z
    .object({
      /** Whether a backend has been chosen already, when the request was accepted. */
      placed: z.boolean(),
      pinned: z.string().nullable(),
      /** Whether the client chose the name; else it gets that of the volume that was backed up. */
      named: z.boolean(),
    })
    .nullable(),
});
export type RestoreBackupArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<RestoreBackupArguments>;

/**
 * Writes a backup onto a volume, which it makes first if it is to be a new one. A restart writes it again from the start; a
 * volume that was written to and is not whole is `error_restoring`, never available.
 */
export function restoreBackupOperation(
  deps: LifecycleDependencies,
  promised: Map<string, { settle(): void; release(): void }>,
): Operation<RestoreBackupArguments, void> {
  const { state, backends, scheduler, settings, mover, progress, access } = deps;
  const { restoreNew } = volumeMachine;

  const place: Step<RestoreBackupArguments> = {
    name: 'place',
    async run({ args, signal }) {
      const volume = await existingVolume(deps, args.volumeId);
      const request = await placementRequest(state, volume, args.make?.pinned ?? null);
      const placement = await scheduler.placeWithPatience(request, settings.patienceMs, signal);
      promised.set(volume.id, placement.allocation);
      return async (tables) => {
        await tables.volumes.update(volume.id, { host: placement.host });
      };
    },
  };

  const create: Step<RestoreBackupArguments> = {
    name: 'createVolume',
    async run(context) {
      const volume = await existingVolume(deps, context.args.volumeId);
      const { update, work } = await callDriver(
        backends.ofHost(volume.host),
        'createVolume',
        { volume: await driverVolume(state, volume) },
        driverCallOf(context, 'createVolume', settings.patienceMs),
      );
      const marks = context.marks.of(volume.id);
      await runWork(mover, work, { ...context, marks }, undefined, backends.ofHost(volume.host).io);
      return async (tables) => {
        await recordVolumeUpdate(tables, volume.id, update);
        await tables.volumes.transition(volume.id, restoreNew.from, { status: restoreNew.during });
      };
    },
    async undo(context, cause) {
      if (wasNeverSent(cause) || cause.code === 'ALREADY_EXISTS') return undefined;
      const volume = await state.volumes.find(context.args.volumeId);
      // One that was made stays, in error: people can look at it, restore again, or delete it.
      if (volume === undefined || volume.host === null || volume.status !== 'creating') return undefined;
      const backend = backends.ofHost(volume.host);
      const remove = async (workDone: boolean) =>
        callDriver(
          backend,
          'deleteVolume',
          { volume: await driverVolume(state, volume), workDone },
          driverCallOf(
            context,
            workDone ? 'createVolume.undo.done' : 'createVolume.undo',
            settings.requestPatienceMs,
          ),
        );
      await untilDone(deps, context, remove, backend.io);
      return undefined;
    },
  };

  const restore: Step<RestoreBackupArguments> = {
    name: 'restore',
    async run(context) {
      const backup = await backupToRestore(context);
      const volume = await existingVolume(deps, context.args.volumeId);
      const report = progress.track('restore', [backup.id, volume.id]);
      if (backup.heldBy !== null) await restoreByDriver(deps, context, backup.id, volume);
      else {
        const write = ({ path, identity, isZero }: OpenedVolume) =>
          onStore(
            requireStore(deps).restore(
              {
                backupId: backup.id,
                volumeId: backup.volumeId,
                destination: { path, identity, sizeBytes: volume.size, isZero },
              },
              { signal: context.signal, onProgress: report, io: backends.ofHost(volume.host).io.copy },
            ),
          );
        const written = await withVolume(deps, volume, 'rw', context, (opened) =>
          context.marks
            .of(volume.id)
            .whole({ kind: 'restore', ...opened, length: volume.size }, () => write(opened)),
        );
        context.log.info(written, 'restored');
      }
      return async (tables) => {
        await tables.volumes.update(volume.id, restoredFacts(backup, volume, context.args));
      };
    },
    async undo(context) {
      await access.release(context.args.volumeId, context);
      return undefined;
    },
  };

  /** @throws ContractError CANCELLED when it was force-deleted meanwhile */
  async function backupToRestore({ args }: Context): Promise<BackupRecord> {
    const backup = await state.backups.find(args.backupId);
    if (backup?.status === 'restoring') return backup;
    throw new ContractError(
      'CANCELLED',
      `backup ${args.backupId} is ${backup?.status ?? 'gone'}: it is not restored any more`,
    );
  }

  return {
    kind: 'backup.restore',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: ({ make }) => [...(make === null ? [] : [...(make.placed ? [] : [place]), create]), restore],
    locks: ({ backupId, volumeId }) =>
      [backupId, volumeId].map((key) => ({ key, mode: 'exclusive' }) as const),
    async complete(tables, { args, entryId }) {
      promised.get(args.volumeId)?.settle();
      promised.delete(args.volumeId);
      progress.end([args.backupId, args.volumeId]);
      await tables.dirty.forgetObject(args.volumeId, entryId);
      await tables.backups.transition(args.backupId, [backupMachine.restore.during], {
        status: backupMachine.restore.ok,
        failure: null,
      });
      await settleVolume(tables, args.volumeId, 'restore', 'ok', {
        failure: null,
        ...(args.make !== null && { launchedAt: new Date().toISOString() }),
      });
    },
    async abandon(tables, { args }, error) {
      promised.get(args.volumeId)?.release();
      promised.delete(args.volumeId);
      progress.end([args.backupId, args.volumeId]);
      const failure = failureText(error);
      await tables.backups.transition(args.backupId, [backupMachine.restore.during], {
        status: backupMachine.restore.failed,
        failure,
      });
      const volume = await tables.volumes.find(args.volumeId);
      // A new volume that was never made is in error as any other that could not be created.
      const operation = volume?.status === 'creating' ? 'create' : 'restore';
      await settleVolume(tables, args.volumeId, operation, 'failed', { failure });
    },
  };
}

/** What a volume takes over of the one that was backed up; a volume that was there keeps its names. */
function restoredFacts(
  { volumeFacts }: BackupRecord,
  volume: VolumeRecord,
  { make }: RestoreBackupArguments,
): Partial<Pick<VolumeRecord, 'bootable' | 'displayName' | 'displayDescription'>> {
  if (make === null || make.named) return { bootable: volumeFacts.bootable };
  return {
    bootable: volumeFacts.bootable,
    displayName: volumeFacts.name ?? volume.displayName,
    displayDescription: volumeFacts.description ?? volume.displayDescription,
  };
}
