import { ContractError, type OperationResult } from '@scoria/core/contract';
import { z } from 'zod';
import {
  type Allocation,
  callDriver,
  driverCallOf,
  driverImplements,
  driverSnapshot,
  driverVolume,
  recordVolumeUpdate,
  runWork,
  wasNeverSent,
} from '../backends/index.ts';
import { copyVolumeData } from '../dataPath/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { cloneImage } from '../images/cloneImage.ts';
import { writeImage } from '../images/writeImage.ts';
import {
  failureText,
  type LockRequest,
  type Operation,
  type RunContext,
  type Step,
} from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import { type State, type Tables, volumeMachine } from '../state/index.ts';
import { untilDone } from './deleteVolumeOperation.ts';
import { placementRequest } from './placementRequest.ts';
import { settleVolume } from './settleVolume.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('blank') }),
    z.object({ kind: z.literal('snapshot'), id: z.string() }),
    z.object({ kind: z.literal('volume'), id: z.string() }),
    z.object({ kind: z.literal('image'), id: z.string() }),
  ]),
  /** Whether a backend has been chosen already, when the request was accepted. */
  placed: z.boolean(),
  /** `host@backend#pool` that an administrator asked for. */
  pinned: z.string().nullable(),
});
export type CreateVolumeArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<CreateVolumeArguments>;

/** What the driver has made. */
interface Created extends OperationResult<'createVolume'> {
  /** Whether nothing of its source is in it, so that the service has to fill it. */
  readonly isBlank: boolean;
}

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
      const volume = await existing(deps.state, args.volumeId);
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
        const volume = await existing(deps.state, volumeId);
        const cloned = await cloneImage(deps, source.id, volume, context);
        if (cloned !== null) return (tables) => recordVolumeUpdate(tables, volumeId, cloned);
      }
      const created = await callCreate(deps, context);
      context.scratch.set('created', created);
      if (created.isBlank) await runNamed(deps, created.work, context);
      return async (tables) => {
        await recordVolumeUpdate(tables, volumeId, created.update);
        if (source.kind === 'image') await beginDownload(tables, volumeId);
      };
    },
    async undo(context, cause) {
      // Nothing was made, or what is there was not made by this request.
      if (wasNeverSent(cause) || cause.code === 'ALREADY_EXISTS') return undefined;
      const volume = await existing(deps.state, context.args.volumeId);
      if (volume.host === null) return undefined;
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
      return undefined;
    },
  };
  const moveBytes: Step<CreateVolumeArguments> = {
    name: 'moveBytes',
    async run(context) {
      const { source, volumeId } = context.args;
      const volume = await existing(deps.state, volumeId);
      if (source.kind === 'image') {
        // One that the driver has made of the image is complete.
        if (volume.status !== 'creating') await writeImage(deps, source.id, volume, context);
        return undefined;
      }
      // After a restart the driver is asked again: until the volume is there it names the same work.
      const known = context.scratch.get('created') as Created | undefined;
      const { work, isBlank } = known ?? (await callCreate(deps, context));
      if (source.kind === 'volume' && isBlank) {
        const origin = await existing(deps.state, source.id);
        await copyVolumeData(deps, { source: origin, destination: volume }, context);
      } else await runNamed(deps, work, context);
      return undefined;
    },
  };
  return {
    kind: 'volume.create',
    args: argumentsSchema,
    onRestart: 'resume',
    steps: ({ source, placed }) => [
      ...(placed ? [] : [place]),
      create,
      ...(source.kind === 'blank' ? [] : [moveBytes]),
    ],
    locks: ({ volumeId, source }) => [
      { key: volumeId, mode: 'exclusive' },
      // The source must stay as it is while it is read; several may read it.
      ...(source.kind === 'blank' || source.kind === 'image'
        ? []
        : [{ key: source.id, mode: 'shared' } satisfies LockRequest]),
    ],
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
async function runNamed(deps: LifecycleDependencies, work: Created['work'], context: Context): Promise<void> {
  const { host } = await existing(deps.state, context.args.volumeId);
  await runWork(deps.mover, work, context, undefined, deps.backends.ofHost(host).io);
}

async function callCreate(deps: LifecycleDependencies, context: Context): Promise<Created> {
  const { state, backends, settings } = deps;
  const { source, volumeId } = context.args;
  const record = await existing(state, volumeId);
  const backend = backends.ofHost(record.host);
  const volume = await driverVolume(state, record);
  const call = driverCallOf(context, 'createVolume', settings.patienceMs);
  switch (source.kind) {
    case 'blank':
    case 'image':
      return { ...(await callDriver(backend, 'createVolume', { volume }, call)), isBlank: true };
    case 'snapshot': {
      const snapshot = await state.snapshots.find(source.id);
      if (snapshot === undefined) throw new ContractError('NOT_FOUND', `snapshot ${source.id} is gone`);
      const origin = await existing(state, snapshot.volumeId);
      const created = await callDriver(
        backend,
        'createVolumeFromSnapshot',
        { volume, snapshot: driverSnapshot(snapshot, origin.backendName) },
        call,
      );
      return { ...created, isBlank: false };
    }
    case 'volume': {
      const origin = await existing(state, source.id);
      // Asked once: what is left to be done follows from it, whatever another driver would answer later.
      if (
        backend !== backends.ofHost(origin.host) ||
        !(await driverImplements(backend, 'createClonedVolume', call))
      ) {
        await refuseCopyInUse(state, origin);
        return { ...(await callDriver(backend, 'createVolume', { volume }, call)), isBlank: true };
      }
      // Who has access may be writing, also one that was connected without an attachment.
      const connected = (await state.connections.ofVolume(origin.id)).length > 0;
      const created = await callDriver(
        backend,
        'createClonedVolume',
        {
          volume,
          source: await driverVolume(state, origin),
          sourceInUse: connected || origin.attachStatus !== 'detached',
        },
        call,
      );
      return { ...created, isBlank: false };
    }
  }
}

/** A copy takes its time: of a volume that is written meanwhile it would be no point in time. */
async function refuseCopyInUse(state: State, origin: VolumeRecord): Promise<void> {
  const connected = (await state.connections.ofVolume(origin.id)).length > 0;
  if (!connected && origin.attachStatus === 'detached') return;
  throw new ContractError(
    'INVALID_VOLUME',
    `volume ${origin.id} is in use, and a volume there is copied byte by byte, which gives no point in time: detach it first, or clone a snapshot`,
  );
}

async function beginDownload(tables: Tables, volumeId: string): Promise<void> {
  const { from, during } = volumeMachine.download;
  await tables.volumes.transition(volumeId, from, { status: during });
}

/** A volume that is being filled from an image is in a status of its own. */
async function endOf(tables: Tables, volumeId: string): Promise<'create' | 'download'> {
  return (await tables.volumes.find(volumeId))?.status === 'downloading' ? 'download' : 'create';
}

async function existing(state: State, id: string): Promise<VolumeRecord> {
  const volume = await state.volumes.find(id);
  if (volume === undefined) throw new ContractError('NOT_FOUND', `the record of volume ${id} is gone`);
  return volume;
}
