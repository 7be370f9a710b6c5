import { type Bytes, bytesToGibCeil } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { Operation } from '../journal/index.ts';
import {
  type CreateVolumeRequest,
  type RequestContext,
  ServiceError,
  type VolumeRecord,
  type VolumeTypeRecord,
} from '../model/index.ts';
import type { Placement } from '../scheduler/index.ts';
import { snapshotMachine, type Tables, volumeMachine } from '../state/index.ts';
import { resolveType } from '../types/resolveType.ts';
import { requireVolume } from './access.ts';
import type { CreateVolumeArguments, PromisedCapacity } from './createVolumeOperation.ts';
import { checkLimits } from './limits.ts';
import { placementRequest } from './placementRequest.ts';
import { volumeRefusal } from './refusal.ts';

interface Source {
  readonly kind: 'blank' | 'snapshot' | 'volume';
  readonly size: Bytes;
  readonly volumeTypeId: string | null;
  readonly bootable: boolean;
}

/**
 * Accepts a volume to be made: checks the request, chooses a backend, records the intent. The volume is made in the
 * background.
 *
 * @throws ServiceError InvalidInput, NoValidBackend, OverLimit, and NotFound for what the request names.
 */
export async function createVolume(
  deps: LifecycleDependencies,
  operation: Operation<CreateVolumeArguments, void>,
  promised: PromisedCapacity,
  context: RequestContext,
  request: CreateVolumeRequest,
): Promise<VolumeRecord> {
  const { state, settings, scheduler, journal } = deps;
  checkZone(request, settings.availabilityZone);
  const source = await readSource(state, context, request);
  const size = chooseSize(request, source);
  const type = await resolveType(
    state,
    request.volumeType ?? source.volumeTypeId ?? settings.defaultVolumeType,
  );
  await checkLimits(deps, context, { volumes: 1, more: size });
  const volume = newVolume(context, request, { size, type, source, zone: settings.availabilityZone });
  const pinned = pinnedHost(context, request);
  const placement = await scheduler.place(await placementRequest(state, volume, pinned));
  if (placement !== null) promised.set(volume.id, placement.allocation);
  try {
    const record = { ...volume, host: placement?.host ?? null };
    const { value } = await journal.begin(operation, context.requestId, async (tables) => {
      // Again, now that nothing can come between: a source that is being deleted makes no volume.
      await readSource(tables, context, request);
      await checkLimits({ state: tables, settings }, context, { volumes: 1, more: size });
      await tables.volumes.insert(record);
      await tables.volumeMetadata.merge(record.id, request.metadata);
      return {
        objectId: record.id,
        args: createArguments(record, request, placement, pinned),
        value: record,
      };
    });
    return value;
  } catch (error) {
    promised.get(volume.id)?.release();
    promised.delete(volume.id);
    throw error;
  }
}

function createArguments(
  volume: VolumeRecord,
  { snapshotId, sourceVolumeId }: CreateVolumeRequest,
  placement: Placement | null,
  pinned: string | null,
): CreateVolumeArguments {
  const base = { volumeId: volume.id, placed: placement !== null, pinned };
  if (snapshotId !== null) return { ...base, source: { kind: 'snapshot', id: snapshotId } };
  if (sourceVolumeId !== null) return { ...base, source: { kind: 'volume', id: sourceVolumeId } };
  return { ...base, source: { kind: 'blank' } };
}

async function readSource(
  tables: Tables,
  context: RequestContext,
  request: Pick<CreateVolumeRequest, 'snapshotId' | 'sourceVolumeId'>,
): Promise<Source> {
  if (request.snapshotId !== null && request.sourceVolumeId !== null)
    throw new ServiceError('InvalidInput', 'name a snapshot or a source volume, not both');
  if (request.snapshotId !== null) {
    const snapshot = await tables.snapshots.find(request.snapshotId);
    if (snapshot === undefined || !(context.isAdmin || snapshot.projectId === context.projectId))
      throw new ServiceError('SnapshotNotFound', `snapshot ${request.snapshotId} could not be found`);
    if (!snapshotMachine.use.from.some((each) => each === snapshot.status))
      throw new ServiceError(
        'InvalidSnapshot',
        `snapshot ${snapshot.id} is ${snapshot.status}; a volume can be made of it only when it is available`,
      );
    const origin = await tables.volumes.find(snapshot.volumeId);
    return {
      kind: 'snapshot',
      size: snapshot.volumeSize,
      volumeTypeId: origin?.volumeTypeId ?? null,
      bootable: origin?.bootable ?? false,
    };
  }
  if (request.sourceVolumeId !== null) {
    const origin = await requireVolume(tables, context, request.sourceVolumeId);
    if (!volumeMachine.clone.from.some((each) => each === origin.status))
      throw await volumeRefusal(tables, origin, 'clone', []);
    return {
      kind: 'volume',
      size: origin.size,
      volumeTypeId: origin.volumeTypeId,
      bootable: origin.bootable,
    };
  }
  return { kind: 'blank', size: 0 as Bytes, volumeTypeId: null, bootable: false };
}

function chooseSize(request: CreateVolumeRequest, source: Source): Bytes {
  const size = request.size ?? source.size;
  if (size <= 0)
    throw new ServiceError(
      'InvalidInput',
      'a volume needs a size above 0; give one, or a source to take it from',
    );
  if (size % 512 !== 0)
    throw new ServiceError('InvalidInput', `a size of ${size} bytes is not a multiple of 512`);
  if (size < source.size)
    throw new ServiceError(
      'InvalidInput',
      `a volume of ${bytesToGibCeil(size)} GiB is smaller than its source ${source.kind} of ${bytesToGibCeil(source.size)} GiB: ask for at least that`,
    );
  return size;
}

function checkZone({ availabilityZone }: CreateVolumeRequest, zone: string): void {
  if (availabilityZone !== null && availabilityZone !== zone)
    throw new ServiceError(
      'InvalidInput',
      `availability zone "${availabilityZone}" is invalid; this service has "${zone}"`,
    );
}

/** `host@backend#pool` from the hint `host`, which only administrators may give. */
function pinnedHost(context: RequestContext, { schedulerHints }: CreateVolumeRequest): string | null {
  const host = schedulerHints['host'];
  return context.isAdmin && typeof host === 'string' ? host : null;
}

function newVolume(
  context: RequestContext,
  request: CreateVolumeRequest,
  { size, type, source, zone }: { size: Bytes; type: VolumeTypeRecord; source: Source; zone: string },
): VolumeRecord {
  const id = crypto.randomUUID();
  return {
    id,
    projectId: context.projectId,
    userId: context.userId,
    displayName: request.displayName,
    displayDescription: request.displayDescription,
    backendName: `volume-${id}`,
    size,
    status: 'creating',
    previousStatus: null,
    attachStatus: 'detached',
    migrationStatus: null,
    availabilityZone: zone,
    host: null,
    volumeTypeId: type.id,
    snapshotId: request.snapshotId,
    sourceVolumeId: request.sourceVolumeId,
    bootable: source.bootable,
    multiattach: request.multiattach || /^<is>\s*true$/i.test(type.extraSpecs['multiattach'] ?? ''),
    readOnly: false,
    encrypted: false,
    providerLocation: null,
    providerAuth: null,
    providerGeometry: null,
    providerId: null,
    metadata: request.metadata,
    adminMetadata: {},
    createdAt: new Date().toISOString(),
    updatedAt: null,
    launchedAt: null,
    failure: null,
  };
}
