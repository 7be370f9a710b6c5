import { ContractError, isContractError } from '@scoria/core/contract';
import {
  type Backend,
  callDriver,
  driverCallOf,
  driverImplements,
  driverSnapshot,
  driverVolume,
  recordSnapshotUpdate,
  runWork,
  wasNeverSent,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { asContractError, failureText, type Step } from '../journal/index.ts';
import type { SnapshotRecord, VolumeRecord } from '../model/index.ts';
import { dropSnapshot } from '../snapshots/dropSnapshot.ts';
import {
  type Created,
  type CreateVolumeArguments,
  type CreateVolumeContext,
  existingVolume,
} from './createVolumeArguments.ts';
import { copyInUse } from './inUse.ts';
import { momentSnapshot } from './momentSnapshot.ts';

/** What is cloned, and the snapshot to take of it if need be. Both are on the same backend. */
interface InUse {
  readonly backend: Backend;
  readonly origin: VolumeRecord;
  readonly snapshotId: string;
}

/**
 * Makes a volume with the content that a volume in use has at one moment: at once where its driver can, else of a snapshot that is taken
 * for it and stays until {@link dropMoment}. Which of the two it was is told by the snapshot's record, also after a restart.
 *
 * The source's lock is held for that moment only: while its bytes are copied it can be detached, and its export be brought back.
 *
 * @throws ContractError what the driver answered; where there is no snapshot either, both answers in one
 */
export async function cloneInUse(
  deps: LifecycleDependencies,
  context: CreateVolumeContext,
  { backend, origin, snapshotId }: InUse,
): Promise<Created> {
  const { state, settings } = deps;
  const taken = await state.snapshots.find(snapshotId);
  const made =
    taken?.progress === 100
      ? taken
      : await context.withLocks([{ key: origin.id, mode: 'shared' }], async () => {
          if (taken !== undefined) return takeMoment(deps, context, backend, taken);
          // It may have been extended while its lock was waited for.
          const now = await existingVolume(state, origin.id);
          const cloned = await cloneAtOnce(deps, context, backend, now);
          if (!isContractError(cloned)) return cloned;
          return takeInstead(deps, context, { backend, origin: now, snapshotId }, cloned);
        });
  if ('isBlank' in made) return made;
  const volume = await driverVolume(state, await existingVolume(state, context.args.volumeId));
  const created = await callDriver(
    backend,
    'createVolumeFromSnapshot',
    { volume, snapshot: driverSnapshot(made, origin.backendName) },
    driverCallOf(context, 'createVolumeFromSnapshot', settings.patienceMs),
  );
  return { ...created, isBlank: false };
}

/** Has the driver clone it. @returns its refusal when it cannot do so at one moment; nothing was made then */
async function cloneAtOnce(
  { state, settings }: LifecycleDependencies,
  context: CreateVolumeContext,
  backend: Backend,
  origin: VolumeRecord,
): Promise<Created | ContractError> {
  const call = driverCallOf(context, 'createVolume', settings.patienceMs);
  if (!(await driverImplements(backend, 'createClonedVolume', call))) return copyInUse(origin);
  const volume = await driverVolume(state, await existingVolume(state, context.args.volumeId));
  const source = await driverVolume(state, origin);
  try {
    const params = { volume, source, sourceInUse: true };
    return { ...(await callDriver(backend, 'createClonedVolume', params, call)), isBlank: false };
  } catch (error) {
    // UNIMPLEMENTED is said by a driver whose store cannot clone.
    if (isContractError(error) && (error.code === 'INVALID_VOLUME' || error.code === 'UNIMPLEMENTED'))
      return error;
    throw error;
  }
}

/** @throws ContractError the refusal where the driver has no such snapshots; both where the snapshot could not be taken */
async function takeInstead(
  deps: LifecycleDependencies,
  context: CreateVolumeContext,
  { backend, origin, snapshotId }: InUse,
  refusal: ContractError,
): Promise<SnapshotRecord> {
  if (!backend.implements('createSnapshot') || !backend.implements('createVolumeFromSnapshot')) throw refusal;
  context.log.info({ refusal: refusal.message, snapshotId }, 'cloned by way of a snapshot');
  const clone = await existingVolume(deps.state, context.args.volumeId);
  const snapshot = momentSnapshot(snapshotId, origin, clone);
  // On the disk before the driver is asked: whoever undoes this must know that there may be a snapshot.
  await deps.state.transaction(({ snapshots }) => snapshots.insert(snapshot), { durable: true });
  try {
    return await takeMoment(deps, context, backend, snapshot);
  } catch (error) {
    if (context.signal.aborted || !isContractError(error)) throw error;
    // Nothing was taken, or what has the name is not this one's: an undo must not touch it.
    if ((context.run === 1 && wasNeverSent(error)) || error.code === 'ALREADY_EXISTS')
      await deps.state.snapshots.remove(snapshotId);
    throw new ContractError(
      error.code,
      `${refusal.message}; and no snapshot could be taken to clone it from: ${error.message}`,
      {
        cause: error,
        details: error.details,
        leftBehind: [...error.leftBehind],
        secondary: [...error.secondary],
      },
    );
  }
}

/** Takes the snapshot, unless an earlier run has. Idempotent. */
async function takeMoment(
  { state, settings, mover }: LifecycleDependencies,
  context: CreateVolumeContext,
  backend: Backend,
  snapshot: SnapshotRecord,
): Promise<SnapshotRecord> {
  const origin = await existingVolume(state, snapshot.volumeId);
  const { update, work } = await callDriver(
    backend,
    'createSnapshot',
    { snapshot: driverSnapshot(snapshot, origin.backendName, true) },
    driverCallOf(context, 'createSnapshot', settings.patienceMs),
  );
  const marks = context.marks.of(snapshot.id);
  await runWork(mover, work, { ...context, marks }, undefined, backend.io);
  await state.transaction(
    async (tables) => {
      await recordSnapshotUpdate(tables, snapshot.id, update);
      await tables.snapshots.update(snapshot.id, { progress: 100 });
    },
    { durable: true },
  );
  return (await state.snapshots.find(snapshot.id)) ?? snapshot;
}

/** The last step of a clone of a volume in use: the snapshot goes, if one was taken. What cannot be removed makes the clone no worse. */
export function dropMoment(deps: LifecycleDependencies): Step<CreateVolumeArguments> {
  return {
    name: 'dropMoment',
    async run(context) {
      // Without the snapshot the copy cannot be repeated: that it is done must not be forgotten after the snapshot is gone.
      await deps.state.makeDurable();
      try {
        await removeMoment(deps, context, 'deleteSnapshot', deps.settings.patienceMs);
      } catch (error) {
        if (context.signal.aborted || !isContractError(error)) throw error;
        context.log.error(
          { err: error, snapshotId: context.args.moment?.snapshotId },
          'the snapshot that the volume was cloned from is still there; its removal is tried again within the hour',
        );
      }
      return undefined;
    },
  };
}

/** Takes back what {@link cloneInUse} has left besides the volume, which has to be gone before: it may depend on the snapshot. */
export function undoMoment(deps: LifecycleDependencies, context: CreateVolumeContext): Promise<void> {
  return removeMoment(deps, context, 'createSnapshot.undo', deps.settings.requestPatienceMs);
}

async function removeMoment(
  deps: LifecycleDependencies,
  context: CreateVolumeContext,
  step: string,
  patienceMs: number,
): Promise<void> {
  const { state } = deps;
  const { moment } = context.args;
  const snapshot = moment === null ? undefined : await state.snapshots.find(moment.snapshotId);
  if (snapshot === undefined) return;
  const origin = await state.volumes.find(snapshot.volumeId);
  try {
    const marked = { ...context, marks: context.marks.of(snapshot.id) };
    if (origin !== undefined) await dropSnapshot(deps, marked, { snapshot, origin }, { step, patienceMs });
  } catch (error) {
    // A stop of the service leaves it to the same operation. Else it is nobody's any more: it is tried again within the hour.
    if (!context.signal.aborted)
      await state.snapshots.transition(snapshot.id, ['creating'], {
        status: 'error_deleting',
        failure: failureText(asContractError(error)),
      });
    throw error;
  }
  await state.transaction(async ({ snapshots, dirty }) => {
    await dirty.forgetObject(snapshot.id);
    await snapshots.remove(snapshot.id);
  });
}
