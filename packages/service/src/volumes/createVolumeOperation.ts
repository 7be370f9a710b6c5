import { ContractError, type OperationResult } from '@scoria/core/contract';
import { z } from 'zod';
import {
  type Allocation,
  callDriver,
  driverCallOf,
  driverSnapshot,
  driverVolume,
  recordVolumeUpdate,
  runWork,
  wasNeverSent,
} from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import {
  failureText,
  type LockRequest,
  type Operation,
  type RunContext,
  type Step,
} from '../journal/index.ts';
import type { VolumeRecord } from '../model/index.ts';
import type { State } from '../state/index.ts';
import { placementRequest } from './placementRequest.ts';
import { settleVolume } from './settleVolume.ts';

const argumentsSchema = z.object({
  volumeId: z.string(),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('blank') }),
    z.object({ kind: z.literal('snapshot'), id: z.string() }),
    z.object({ kind: z.literal('volume'), id: z.string() }),
  ]),
  /** Whether a backend has been chosen already, when the request was accepted. */
  placed: z.boolean(),
  /** `host@backend#pool` that an administrator asked for. */
  pinned: z.string().nullable(),
});
export type CreateVolumeArguments = z.infer<typeof argumentsSchema>;
type Context = RunContext<CreateVolumeArguments>;
type Created = OperationResult<'createVolume'>;

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
      const created = await callCreate(deps, context);
      context.scratch.set('created', created);
      if (context.args.source.kind === 'blank') await runWork(deps.mover, created.work, context);
      return (tables) => recordVolumeUpdate(tables, context.args.volumeId, created.update);
    },
    async undo(context, cause) {
      // Nothing was made, or what is there was not made by this request.
      if (wasNeverSent(cause) || cause.code === 'ALREADY_EXISTS') return undefined;
      const volume = await existing(deps.state, context.args.volumeId);
      if (volume.host === null) return undefined;
      await callDriver(
        deps.backends.ofHost(volume.host),
        'deleteVolume',
        { volume: await driverVolume(deps.state, volume) },
        driverCallOf(context, 'createVolume.undo', deps.settings.requestPatienceMs),
      );
      return undefined;
    },
  };
  const moveBytes: Step<CreateVolumeArguments> = {
    name: 'moveBytes',
    async run(context) {
      // After a restart the driver is asked again: until the volume is there it names the same work.
      const known = context.scratch.get('created') as Created | undefined;
      const { work } = known ?? (await callCreate(deps, context));
      await runWork(deps.mover, work, context);
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
      ...(source.kind === 'blank' ? [] : [{ key: source.id, mode: 'shared' } satisfies LockRequest]),
    ],
    async complete(tables, { args: { volumeId } }) {
      promised.get(volumeId)?.settle();
      promised.delete(volumeId);
      await settleVolume(tables, volumeId, 'create', 'ok', {
        launchedAt: new Date().toISOString(),
        failure: null,
      });
    },
    async abandon(tables, { args: { volumeId } }, error) {
      promised.get(volumeId)?.release();
      promised.delete(volumeId);
      await settleVolume(tables, volumeId, 'create', 'failed', { failure: failureText(error) });
    },
  };
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
      return callDriver(backend, 'createVolume', { volume }, call);
    case 'snapshot': {
      const snapshot = await state.snapshots.find(source.id);
      if (snapshot === undefined) throw new ContractError('NOT_FOUND', `snapshot ${source.id} is gone`);
      const origin = await existing(state, snapshot.volumeId);
      return callDriver(
        backend,
        'createVolumeFromSnapshot',
        { volume, snapshot: driverSnapshot(snapshot, origin.backendName) },
        call,
      );
    }
    case 'volume': {
      const origin = await existing(state, source.id);
      // Who has access may be writing, also one that was connected without an attachment.
      const connected = (await state.connections.ofVolume(origin.id)).length > 0;
      return callDriver(
        backend,
        'createClonedVolume',
        {
          volume,
          source: await driverVolume(state, origin),
          sourceInUse: connected || origin.attachStatus !== 'detached',
        },
        call,
      );
    }
  }
}

async function existing(state: State, id: string): Promise<VolumeRecord> {
  const volume = await state.volumes.find(id);
  if (volume === undefined) throw new ContractError('NOT_FOUND', `the record of volume ${id} is gone`);
  return volume;
}
