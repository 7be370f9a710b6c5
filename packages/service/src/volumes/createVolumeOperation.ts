import type { ContractError } from '@scoria/core/contract';
import {
  type Allocation,
  callDriver,
  driverCallOf,
  driverVolume,
  recordVolumeUpdate,
  runWork,
  untilDone,
  wasNeverSent,
} from '../backends/index.ts';
import { copyVolumeData } from '../dataPath/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { cloneImage } from '../images/cloneImage.ts';
import { writeImage } from '../images/writeImage.ts';
import { failureText, type LockRequest, type Operation, type Step, tryEach } from '../journal/index.ts';
import { type Tables, volumeMachine } from '../state/index.ts';
import { dropMoment, undoMoment } from './cloneOfMoment.ts';
import { createOnBackend } from './createOnBackend.ts';
import {
  type Created,
  type CreateVolumeArguments,
  type CreateVolumeContext,
  createVolumeArguments,
  existingVolume,
} from './createVolumeArguments.ts';
import { placementRequest } from './placementRequest.ts';
import { settleVolume } from './settleVolume.ts';

/** Capacity promised to volumes being made, by volume id; lost in a restart, when fresh figures make up for it. */
export type PromisedCapacity = Map<string, Allocation>;

/** Makes a volume: chooses a backend if that was not possible before, has the driver make it, moves the bytes it names. */
export function createVolumeOperation(
  deps: LifecycleDependencies,
  promised: PromisedCapacity,
): Operation<CreateVolumeArguments, void> {
  const place: Step<CreateVolumeArguments> = {
    name: 'place',
    async run({ args, signal }) {
      const volume = await existingVolume(deps.state, args.volumeId);
      const request = await placementRequest(deps.state, volume, args.pinned);
      const placement = await deps.scheduler.placeWithPatience(request, deps.settings.patienceMs, signal);
      promised.set(volume.id, placement.allocation);
      return async (tables) => {
        await tables.volumes.update(volume.id, { host: placement.host });
      };
    },
  };
  const create: Step<CreateVolumeArguments> = {
    name: 'createVolume',
    async run(context) {
      const { source, volumeId } = context.args;
      if (source.kind === 'image') {
        const volume = await existingVolume(deps.state, volumeId);
        const cloned = await cloneImage(deps, source.id, volume, context);
        if (cloned !== null) return (tables) => recordVolumeUpdate(tables, volumeId, cloned);
      }
      const created = await createOnBackend(deps, context);
      context.scratch.set('created', created);
      if (created.isBlank) await runNamed(deps, created.work, context);
      return async (tables) => {
        await recordVolumeUpdate(tables, volumeId, created.update);
        if (source.kind === 'image') await beginDownload(tables, volumeId);
      };
    },
    async undo(context, cause) {
      await tryEach([() => removeVolume(context, cause), () => undoMoment(deps, context)]);
      return undefined;
    },
  };
  async function removeVolume(context: CreateVolumeContext, cause: ContractError): Promise<void> {
    // Nothing was made, or what is there was not made by this request.
    if (wasNeverSent(cause) || cause.code === 'ALREADY_EXISTS') return;
    const volume = await existingVolume(deps.state, context.args.volumeId);
    if (volume.host === null) return;
    await deps.access.release(volume.id, context);
    const backend = deps.backends.ofHost(volume.host);
    const remove = async (workDone: boolean) =>
      callDriver(
        backend,
        'deleteVolume',
        { volume: await driverVolume(deps.state, volume), workDone },
        driverCallOf(
          context,
          workDone ? 'createVolume.undo.done' : 'createVolume.undo',
          deps.settings.requestPatienceMs,
        ),
      );
    await untilDone(deps, context, remove, backend.io);
  }
  const moveBytes: Step<CreateVolumeArguments> = {
    name: 'moveBytes',
    async run(context) {
      const { source, volumeId } = context.args;
      const volume = await existingVolume(deps.state, volumeId);
      if (source.kind === 'image') {
        // One that the driver has made of the image is complete.
        if (volume.status !== 'creating') await writeImage(deps, source.id, volume, context);
        return undefined;
      }
      // After a restart the driver is asked again: until the volume is there it names the same work.
      const known = context.scratch.get('created') as Created | undefined;
      const { work, isBlank } = known ?? (await createOnBackend(deps, context));
      if (source.kind === 'volume' && isBlank) {
        const origin = await existingVolume(deps.state, source.id);
        await copyVolumeData(deps, { source: origin, destination: volume }, context);
      } else await runNamed(deps, work, context);
      return undefined;
    },
  };
  return {
    kind: 'volume.create',
    args: createVolumeArguments,
    onRestart: 'resume',
    steps: ({ source, placed, moment }) => [
      ...(placed ? [] : [place]),
      create,
      ...(source.kind === 'blank' ? [] : [moveBytes]),
      ...(moment === null ? [] : [dropMoment(deps)]),
    ],
    locks: ({ volumeId, source, moment }): LockRequest[] => {
      const own: LockRequest = { key: volumeId, mode: 'exclusive' };
      // Of a source in use a moment is cloned, and its lock is held for that moment.
      if (moment !== null) return [own, { key: moment.snapshotId, mode: 'exclusive' }];
      if (source.kind === 'blank' || source.kind === 'image') return [own];
      // The source must stay as it is while it is read; several may read it.
      return [own, { key: source.id, mode: 'shared' }];
    },
    async complete(tables, { args: { volumeId } }) {
      promised.get(volumeId)?.settle();
      promised.delete(volumeId);
      await settleVolume(tables, volumeId, await endOf(tables, volumeId), 'ok', {
        launchedAt: new Date().toISOString(),
        failure: null,
      });
    },
    async abandon(tables, { args: { volumeId } }, error) {
      promised.get(volumeId)?.release();
      promised.delete(volumeId);
      await settleVolume(tables, volumeId, await endOf(tables, volumeId), 'failed', {
        failure: failureText(error),
      });
    },
  };
}

/** Runs the work that the volume's driver named. */
async function runNamed(
  deps: LifecycleDependencies,
  work: Created['work'],
  context: CreateVolumeContext,
): Promise<void> {
  const { host } = await existingVolume(deps.state, context.args.volumeId);
  await runWork(deps.mover, work, context, undefined, deps.backends.ofHost(host).io);
}

async function beginDownload(tables: Tables, volumeId: string): Promise<void> {
  const { from, during } = volumeMachine.download;
  await tables.volumes.transition(volumeId, from, { status: during });
}

/** A volume that is being filled from an image is in a status of its own. */
async function endOf(tables: Tables, volumeId: string): Promise<'create' | 'download'> {
  return (await tables.volumes.find(volumeId))?.status === 'downloading' ? 'download' : 'create';
}
