import { type ContractError, isContractError } from '@scoria/core/contract';
import {
  callDriver,
  driverCallOf,
  driverSnapshot,
  driverVolume,
  recordSnapshotUpdate,
  recordVolumeUpdate,
  runWork,
  untilDone,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { asContractError, failureText, type Step } from '../journal/index.ts';
import { unlessNeverTaken } from '../snapshots/unlessNeverTaken.ts';
import type { Tables } from '../state/index.ts';
import {
  type CreateBackupArguments,
  type CreateBackupContext,
  existingVolume,
} from './createBackupArguments.ts';

type BackupStep = Step<CreateBackupArguments>;

/**
 * The steps around the reading of a copy: a snapshot of the volume unless one was asked for, a volume made of it, and the removal of
 * both. Their records are there from the request on, so that whatever remains of them can be seen and deleted by people.
 */
export function temporaryCopySteps(deps: LifecycleDependencies): {
  readonly takeSnapshot: BackupStep;
  readonly makeVolume: BackupStep;
  readonly dropVolume: BackupStep;
  readonly dropSnapshot: BackupStep;
} {
  const { state, backends, settings, mover } = deps;

  async function snapshotToRead({ args }: CreateBackupContext) {
    const id = args.temporary?.snapshotId ?? args.snapshotId ?? '';
    const snapshot = await state.snapshots.find(id);
    const origin = await existingVolume(deps, args.volumeId);
    return { snapshot, origin };
  }

  const takeSnapshot: BackupStep = {
    name: 'createSnapshot',
    async run(context) {
      const { snapshot, origin } = await snapshotToRead(context);
      if (snapshot === undefined) return undefined;
      const { update, work } = await callDriver(
        backends.ofHost(origin.host),
        'createSnapshot',
        { snapshot: driverSnapshot(snapshot, origin.backendName, true) },
        driverCallOf(context, 'createSnapshot', settings.patienceMs),
      );
      const marks = context.marks.of(snapshot.id);
      await runWork(mover, work, { ...context, marks }, undefined, backends.ofHost(origin.host).io);
      return async (tables) => {
        await recordSnapshotUpdate(tables, snapshot.id, update);
        await tables.snapshots.update(snapshot.id, { progress: 100 });
      };
    },
    undo: (context) => removeSnapshot(context),
  };

  const makeVolume: BackupStep = {
    name: 'createVolume',
    async run(context) {
      const { snapshot, origin } = await snapshotToRead(context);
      const volume = await existingVolume(deps, context.args.temporary?.volumeId ?? '');
      if (snapshot === undefined) return undefined;
      const { update, work } = await callDriver(
        backends.ofHost(volume.host),
        'createVolumeFromSnapshot',
        {
          volume: await driverVolume(state, volume),
          snapshot: driverSnapshot(snapshot, origin.backendName),
        },
        driverCallOf(context, 'createVolume', settings.patienceMs),
      );
      const marks = context.marks.of(volume.id);
      await runWork(mover, work, { ...context, marks }, undefined, backends.ofHost(volume.host).io);
      return async (tables) => {
        await recordVolumeUpdate(tables, volume.id, update);
        await tables.volumes.transition(volume.id, ['creating'], { status: 'backing-up' });
      };
    },
    undo: (context) => removeVolume(context),
  };

  /** What cannot be removed does not make the backup worse: its record says so, and people can remove it. */
  const quietly = async (context: CreateBackupContext, work: Promise<undefined>): Promise<undefined> => {
    try {
      await work;
    } catch (error) {
      if (context.signal.aborted || !isContractError(error)) throw error;
      context.log.error({ err: error }, 'a copy that was made for the backup is still there');
    }
    return undefined;
  };

  async function removeVolume(context: CreateBackupContext): Promise<undefined> {
    const id = context.args.temporary?.volumeId;
    const volume = id === undefined ? undefined : await state.volumes.find(id);
    if (volume === undefined) return undefined;
    try {
      await deps.access.release(volume.id, context);
      const backend = backends.ofHost(volume.host);
      const remove = async (workDone: boolean) =>
        callDriver(
          backend,
          'deleteVolume',
          // Read anew: releasing may have changed what the driver keeps of it.
          { volume: await driverVolume(state, (await state.volumes.find(volume.id)) ?? volume), workDone },
          driverCallOf(context, workDone ? 'deleteVolume.done' : 'deleteVolume', settings.patienceMs),
        );
      await untilDone(deps, { ...context, marks: context.marks.of(volume.id) }, remove, backend.io);
    } catch (error) {
      await remember(asContractError(error), (failure) =>
        state.volumes.transition(volume.id, ['creating', 'backing-up'], {
          status: 'error_deleting',
          failure,
        }),
      );
      throw error;
    }
    await state.transaction(async ({ volumes, dirty }) => {
      await dirty.forgetObject(volume.id);
      await volumes.remove(volume.id);
    });
    return undefined;
  }

  async function removeSnapshot(context: CreateBackupContext): Promise<undefined> {
    const { temporary, volumeId } = context.args;
    const id = temporary?.snapshotId ?? null;
    const snapshot = id === null ? undefined : await state.snapshots.find(id);
    const origin = await state.volumes.find(volumeId);
    if (snapshot === undefined || origin === undefined) return undefined;
    try {
      const backend = backends.ofHost(origin.host);
      const remove = (workDone: boolean) =>
        callDriver(
          backend,
          'deleteSnapshot',
          { snapshot: driverSnapshot(snapshot, origin.backendName), workDone },
          driverCallOf(context, workDone ? 'deleteSnapshot.done' : 'deleteSnapshot', settings.patienceMs),
        );
      const marked = { ...context, marks: context.marks.of(snapshot.id) };
      await unlessNeverTaken(snapshot, () => untilDone(deps, marked, remove, backend.io));
    } catch (error) {
      await remember(asContractError(error), (failure) =>
        state.snapshots.transition(snapshot.id, ['backing-up'], { status: 'error_deleting', failure }),
      );
      throw error;
    }
    await state.transaction(async ({ snapshots, dirty }) => {
      await dirty.forgetObject(snapshot.id);
      await snapshots.remove(snapshot.id);
    });
    return undefined;
  }

  return {
    takeSnapshot,
    makeVolume,
    dropVolume: { name: 'deleteVolume', run: (context) => quietly(context, removeVolume(context)) },
    dropSnapshot: { name: 'deleteSnapshot', run: (context) => quietly(context, removeSnapshot(context)) },
  };
}

/** Removes the records of copies that were never begun: what an undo could not remove is in another status by now. */
export async function forgetUnmade(
  tables: Pick<Tables, 'volumes' | 'snapshots'>,
  { temporary }: Pick<CreateBackupArguments, 'temporary'>,
): Promise<void> {
  if (temporary === null) return;
  const { volumeId, snapshotId } = temporary;
  if ((await tables.volumes.find(volumeId))?.status === 'creating') await tables.volumes.remove(volumeId);
  if (snapshotId === null) return;
  if ((await tables.snapshots.find(snapshotId))?.status === 'backing-up')
    await tables.snapshots.remove(snapshotId);
}

async function remember(error: ContractError, write: (failure: string) => Promise<unknown>): Promise<void> {
  await write(failureText(error));
}
